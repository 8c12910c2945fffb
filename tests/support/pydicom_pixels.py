"""Decodes frames with pydicom's RLE decoder and Python's zlib: for each file named on stdin a JSON
line with the SHA-1 of every frame, samples of a pixel together in little endian, or with "error".
"""
import hashlib
import json
import struct
import sys
import warnings
import zlib

import numpy
from pydicom import config, dcmread
from pydicom.encaps import generate_pixel_data_frame
from pydicom.pixel_data_handlers.rle_handler import _rle_decode_frame, _rle_decode_segment

warnings.simplefilter("ignore")
config.settings.reading_validation_mode = config.IGNORE


def rle(dataset, frame):
    if dataset.BitsAllocated == 1:
        # pydicom decodes whole bytes only: one segment, of packed bits.
        count, start = struct.unpack_from("<2L", frame)
        if count != 1:
            raise ValueError("not one segment")
        return bytes(_rle_decode_segment(frame[start:]))[:(dataset.Rows * dataset.Columns + 7) // 8]
    samples, width = dataset.SamplesPerPixel, dataset.BitsAllocated // 8
    planes = _rle_decode_frame(frame, dataset.Rows, dataset.Columns, samples, dataset.BitsAllocated)
    values = numpy.frombuffer(planes, dtype=f"<u{width}").reshape(samples, -1)
    return values.T.tobytes()


def inflated(dataset, frame):
    bits = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * dataset.BitsAllocated
    return zlib.decompressobj(-15).decompress(frame)[:(bits + 7) // 8]


DECODERS = {"1.2.840.10008.1.2.5": rle, "1.2.840.10008.1.2.8.1": inflated}

for line in sys.stdin:
    file = line.rstrip("\n")
    try:
        dataset = dcmread(file, force=True)
        decode = DECODERS[dataset.file_meta.TransferSyntaxUID]
        frames = generate_pixel_data_frame(dataset.PixelData, int(dataset.get("NumberOfFrames") or 1))
        hashes = [hashlib.sha1(decode(dataset, frame)).hexdigest() for frame in frames]
        print(json.dumps({"file": file, "frames": hashes}))
    except Exception as error:
        print(json.dumps({"file": file, "error": repr(error)[:200]}))
