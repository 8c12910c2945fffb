/**
 * Runs in OHIF's page, and tells what its canvas shows.
 * @module
 */
globalThis.probe = (() => {
  /** Samples a side that pictures are compared at. */
  const SIDE = 128;

  const canvas = () => document.querySelector("canvas.cornerstone-canvas");
  const colours = (data) => new Set(new Uint32Array(data.buffer)).size;

  function brightness(data) {
    const values = Array.from(
      { length: SIDE * SIDE },
      (_, at) => data[4 * at] + data[4 * at + 1] + data[4 * at + 2],
    );
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    return values.map((value) => value - mean);
  }

  const product = (a, b) => a.reduce((sum, value, at) => sum + value * b[at], 0);

  async function load(url) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url} answers ${response.status}`);
    return await createImageBitmap(await response.blob());
  }

  return {
    /** Whether there are so many different colours on the canvas. */
    isPainted(least) {
      const found = canvas();
      const context = found?.getContext("2d");
      if (!context || found.width === 0) return false;
      return colours(context.getImageData(0, 0, found.width, found.height).data) >= least;
    },

    /** The share of a picture that is white, as paper is. `png`: its bytes in base64. */
    async whiteness(png) {
      const image = await load(`data:image/png;base64,${png}`);
      const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      const white = new Uint32Array(data.buffer).filter((pixel) => pixel === 0xffffffff);
      return white.length / (data.length / 4);
    },

    /** What is on the canvas, as a text. */
    content: () => canvas().toDataURL("image/png"),

    /** Compares the middle of the canvas, as large as an image of this aspect can be there, with images. */
    async likeness(urls) {
      const images = await Promise.all(urls.map(load));
      const sample = new OffscreenCanvas(SIDE, SIDE).getContext("2d", { willReadFrequently: true });
      const pixels = (image, ...from) => {
        sample.drawImage(image, ...from, 0, 0, SIDE, SIDE);
        return sample.getImageData(0, 0, SIDE, SIDE).data;
      };
      const { width, height } = images[0];
      const shown = canvas();
      const scale = Math.min(shown.width / width, shown.height / height);
      const [w, h] = [width * scale, height * scale];
      const data = pixels(shown, (shown.width - w) / 2, (shown.height - h) / 2, w, h);
      const own = brightness(data);
      const correlations = images.map((image) => {
        const other = brightness(pixels(image, 0, 0, width, height));
        return product(own, other) / Math.sqrt(product(own, own) * product(other, other));
      });
      const correlation = Math.max(...correlations);
      let coloured = 0;
      for (let at = 0; at < data.length; at += 4) {
        const rgb = data.subarray(at, at + 3);
        if (Math.max(...rgb) - Math.min(...rgb) > 32) coloured++;
      }
      const best = correlations.indexOf(correlation);
      return { best, correlation, colours: colours(data), coloured };
    },
  };
})();
