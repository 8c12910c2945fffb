"""Writes the frames of files as pydicom and plain slicing find them: for each file named on stdin a
JSON line with the SHA-1 of every frame in little endian, or with "error".

Native pixel data is cut by PS3.5 8.1.1; one-bit frames are moved to begin on a byte as PS3.18
8.7.3.3.1 has it. Encapsulated pixel data is cut by pydicom.
"""
import hashlib
import json
import sys
import warnings

from pydicom import config, dcmread
from pydicom.encaps import generate_pixel_data_frame

warnings.simplefilter("ignore")
config.settings.reading_validation_mode = config.IGNORE

SAMPLES = {"YBR_FULL_422": 2, "YBR_PARTIAL_422": 2, "YBR_PARTIAL_420": 1.5}


def swapped(value, width):
    words = len(value) // width * width
    out = bytearray(value)
    for i in range(width):
        out[i:words:width] = value[width - 1 - i:words:width]
    return bytes(out)


def native(dataset, element, frames):
    value = element.value
    if not dataset.is_little_endian:
        value = swapped(value, {"OW": 2, "OF": 4, "OD": 8}.get(element.VR, 1))
    cells = dataset.Rows * dataset.Columns * dataset.BitsAllocated
    bits = int(cells * dataset.get("SamplesPerPixel", 1))
    if len(value) * 8 < bits * frames:
        bits = int(cells * SAMPLES.get(dataset.get("PhotometricInterpretation"), bits / cells))
    if len(value) * 8 < bits * frames:
        raise ValueError("pixel data is too short")
    if bits % 8 == 0:
        size = bits // 8
        return [value[i * size:(i + 1) * size] for i in range(frames)]
    whole = int.from_bytes(value, "little")
    mask = (1 << bits) - 1
    return [(whole >> i * bits & mask).to_bytes((bits + 7) // 8, "little") for i in range(frames)]


def frames_of(file):
    dataset = dcmread(file, force=True)
    frames = int(dataset.get("NumberOfFrames") or 1)
    for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
        if keyword not in dataset:
            continue
        element = dataset[keyword]
        if not element.value:
            return []
        if element.is_undefined_length:
            return list(generate_pixel_data_frame(element.value, frames))
        return native(dataset, element, frames)
    return []


for line in sys.stdin:
    file = line.rstrip("\n")
    try:
        frames = [hashlib.sha1(frame).hexdigest() for frame in frames_of(file)]
        print(json.dumps({"file": file, "frames": frames}))
    except Exception as error:
        print(json.dumps({"file": file, "error": repr(error)[:200]}))
