"""Images that DCMTK does not make, by pydicom and numpy: for each line with a path, a tab and a frame
(from 1) on stdin a line of JSON, with the samples in hexadecimal digits.
"""
import json
import sys
import warnings

import numpy
from pydicom import config, dcmread
from pydicom.pixel_data_handlers.util import apply_color_lut

warnings.simplefilter("ignore")
config.settings.reading_validation_mode = config.IGNORE


def pixels(dataset, frame):
    array = dataset.pixel_array
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        array = array[frame - 1]
    return array


def sequence_value(dataset, frame, sequence, keyword):
    groups = [dataset]
    if "PerFrameFunctionalGroupsSequence" in dataset:
        groups.append(dataset.PerFrameFunctionalGroupsSequence[frame - 1])
    if "SharedFunctionalGroupsSequence" in dataset:
        groups.append(dataset.SharedFunctionalGroupsSequence[0])
    for group in groups:
        if sequence in group and keyword in group[sequence].value[0]:
            return float(group[sequence].value[0][keyword].value)
    value = dataset.get(keyword)
    return None if value is None else float(value)


def gray(dataset, array, frame):
    def find(sequence, keyword):
        return sequence_value(dataset, frame, sequence, keyword)

    slope = find("PixelValueTransformationSequence", "RescaleSlope")
    intercept = find("PixelValueTransformationSequence", "RescaleIntercept")
    values = array.astype(float) * (1 if slope is None else slope) + (intercept or 0)
    center = find("FrameVOILUTSequence", "WindowCenter")
    width = find("FrameVOILUTSequence", "WindowWidth")
    finite = numpy.isfinite(values)
    if center is None:
        low, high = values[finite].min(), values[finite].max()
    elif array.dtype.kind == "f":
        low, high = center - width / 2, center + width / 2
    else:
        low, high = center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2
    with numpy.errstate(invalid="ignore"):
        unit = numpy.clip((values - low) / (high - low), 0, 1)
    return numpy.nan_to_num(numpy.rint(unit * 255), nan=0).astype(numpy.uint8)


def table(dataset, color):
    entries, first, bits = dataset[color + "PaletteColorLookupTableDescriptor"].value
    data = numpy.frombuffer(dataset[color + "PaletteColorLookupTableData"].value, dtype="<u2")
    return first, (data >> (bits - 8))[:entries or 65536]


def supplemental(dataset, array, frame):
    image = numpy.stack([gray(dataset, array, frame)] * 3, axis=-1)
    for channel, color in enumerate(["Red", "Green", "Blue"]):
        first, values = table(dataset, color)
        index = numpy.clip(array.astype(int) - first, 0, len(values) - 1)
        image[..., channel] = numpy.where(array >= first, values[index], image[..., channel])
    return image


def rendered(dataset, frame):
    array = pixels(dataset, frame)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        return (apply_color_lut(array, dataset) >> 8).astype(numpy.uint8)
    if dataset.SamplesPerPixel == 3:
        return numpy.rint(array * (255 / (2.0 ** dataset.BitsStored - 1))).astype(numpy.uint8)
    if dataset.get("PixelPresentation") == "COLOR":
        return supplemental(dataset, array, frame)
    return gray(dataset, array, frame)


for line in sys.stdin:
    path, frame = line.rstrip("\n").split("\t")
    image = rendered(dcmread(path, force=True), int(frame))
    print(json.dumps({
        "width": image.shape[1],
        "height": image.shape[0],
        "channels": image.shape[2] if image.ndim == 3 else 1,
        "samples": image.tobytes().hex(),
    }))
