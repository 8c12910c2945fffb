"""Compares the pixels of pairs of DICOM files, a JSON line for each line "file<TAB>other" on stdin.

Native and deflated files are read by pydicom, JPEG 2000 and HTJ2K by OpenJPEG's opj_decompress,
Deflated Image Frames by zlib, RLE of single bits by pydicom's decoder of segments; what else is
compressed must have been decompressed before. Samples are put in one order (samples of a pixel
together, shared chroma repeated). Of what OpenJPEG decodes the first frames are compared.
"""
import json
import os
import subprocess
import sys
import tempfile
import warnings
import zlib

import numpy
from pydicom import config, dcmread
from pydicom.encaps import generate_pixel_data_frame
from pydicom.pixel_data_handlers.rle_handler import _rle_decode_segment

warnings.simplefilter("ignore")
config.settings.reading_validation_mode = config.IGNORE
OPENJPEG_FRAMES = 3
JPEG_2000 = {"1.2.840.10008.1.2.4." + end for end in ("90", "91", "201", "202", "203")}
RLE = "1.2.840.10008.1.2.5"
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"


def by_openjpeg(dataset, frames):
    shape = (dataset.get("SamplesPerPixel", 1), dataset.Rows * dataset.Columns)
    decoded = []
    with tempfile.TemporaryDirectory() as folder:
        source, target = folder + "/frame.j2c", folder + "/frame.rawl"
        for frame in frames[:OPENJPEG_FRAMES]:
            with open(source, "wb") as file:
                file.write(frame)
            subprocess.run(["opj_decompress", "-i", source, "-o", target], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            samples = open(target, "rb").read()
            os.remove(target)
            width = len(samples) // (shape[0] * shape[1])
            sign = "i" if dataset.PixelRepresentation == 1 else "u"
            planes = numpy.frombuffer(samples, "<%s%d" % (sign, width)).reshape(shape)
            decoded.append(planes.T.reshape(-1).astype("int64"))
    return numpy.concatenate(decoded)


def rle_bits(frame):
    """Packed bits in one segment."""
    start = int.from_bytes(frame[4:8], "little")
    return bytes(_rle_decode_segment(frame[start:]))


def bits_of(values, bits):
    """Frames of single bits, each starting on a byte, without the bits that fill them up."""
    return numpy.concatenate([
        numpy.unpackbits(numpy.frombuffer(value, "u1"), bitorder="little")[:bits] for value in values
    ]).astype("int64")


def syntax_of(dataset):
    return str(dataset.file_meta.get("TransferSyntaxUID", "1.2.840.10008.1.2"))


def frames_of(dataset):
    # One of the corpus has "1A", which pydicom makes no integer of.
    raw = dataset.get_item(0x00280008)
    text = b"" if raw is None else raw.value if isinstance(raw.value, bytes) else str(raw.value).encode()
    return int(text) if text.strip().isdigit() else 1


def with_sign(dataset):
    """A stream may say that it is unsigned where the data set, which decides, says it is not: its
    samples are two's complement in as many bits as are stored, with nothing above them."""
    samples = samples_of(dataset)
    if dataset.get("PixelRepresentation", 0) == 0 or not samples.size:
        return samples
    bits = int(dataset.BitsStored)
    if bits == dataset.BitsAllocated or samples.min() < 0 or samples.max() >= 1 << bits:
        return samples
    half = 1 << (bits - 1)
    return (samples ^ half) - half


def samples_of(dataset):
    """All samples as integers, or floating point numbers."""
    syntax = syntax_of(dataset)
    frames = frames_of(dataset)
    for keyword, code in (("FloatPixelData", "<f4"), ("DoubleFloatPixelData", "<f8")):
        if keyword in dataset:
            return numpy.frombuffer(dataset[keyword].value, code)
    value = dataset.PixelData
    per_pixel = int(dataset.get("SamplesPerPixel", 1))
    pixels = dataset.Rows * dataset.Columns
    bits = int(dataset.BitsAllocated)
    sign = "i" if dataset.PixelRepresentation == 1 else "u"
    if syntax in JPEG_2000:
        return by_openjpeg(dataset, list(generate_pixel_data_frame(value, frames)))
    if syntax == DEFLATED_FRAMES:
        inflated = [zlib.decompressobj(-15).decompress(frame)
                    for frame in generate_pixel_data_frame(value, frames)]
        if bits == 1:
            return bits_of(inflated, pixels)
        value = b"".join(inflated)
    if syntax == RLE and bits == 1:
        return bits_of([rle_bits(frame) for frame in generate_pixel_data_frame(value, frames)],
                       pixels * per_pixel)
    if dataset["PixelData"].is_undefined_length and syntax != DEFLATED_FRAMES:
        raise ValueError("still compressed")
    if bits == 1:
        return bits_of([value], pixels * per_pixel * frames)
    count = pixels * per_pixel * frames
    if bits == 24:
        return numpy.frombuffer(value, "u1")[:count * 3].astype("int64")
    data = numpy.frombuffer(value[:len(value) // (bits // 8) * (bits // 8)],
                            "<%s%d" % (sign, bits // 8)).astype("int64")
    if dataset.PhotometricInterpretation in ("YBR_FULL_422", "YBR_PARTIAL_422") and \
            len(data) < count:
        pairs = data[:pixels * 2 * frames].reshape(-1, 4)
        return pairs[:, [0, 2, 3, 1, 2, 3]].reshape(-1)
    if len(data) < count:
        raise ValueError("too short")
    data = data[:count]
    if per_pixel > 1 and dataset.get("PlanarConfiguration", 0) == 1:
        data = data.reshape(frames, per_pixel, pixels).transpose(0, 2, 1).reshape(-1)
    return data


def rgb_of(samples):
    """PS3.3 C.7.6.3.1.2."""
    y, cb, cr = (samples.reshape(-1, 3).T + numpy.array([[0], [-128], [-128]])).astype("float64")
    rgb = numpy.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], 1)
    return numpy.clip(numpy.rint(rgb), 0, 255).astype("int64").reshape(-1)


def compared(ours, theirs):
    one, other = dcmread(ours, force=True), dcmread(theirs, force=True)
    first, second = with_sign(one), with_sign(other)
    if len(first) != len(second) and JPEG_2000 & {syntax_of(one), syntax_of(other)}:
        least = min(len(first), len(second))
        first, second = first[:least], second[:least]
    if len(first) != len(second):
        return {"error": "%d samples and %d" % (len(first), len(second))}
    names = [one.PhotometricInterpretation, other.PhotometricInterpretation]
    if names[0] == "RGB" and names[1].startswith("YBR_FULL"):
        second = rgb_of(second)
    if first.tobytes() == second.tobytes():
        return {"samples": len(first), "most": 0, "mean": 0, "spread": 1, "photometric": names}
    difference = numpy.abs(first - second)
    spread = int(second.max()) - int(second.min()) + 1
    return {"samples": len(first), "most": float(difference.max()),
            "mean": float(difference.mean()), "spread": spread,
            "photometric": names}


for line in sys.stdin:
    pair = line.rstrip("\n").split("\t")
    try:
        answer = compared(*pair)
    except Exception as error:
        answer = {"error": "%s: %s" % (type(error).__name__, str(error)[:100])}
    print(json.dumps(answer))
