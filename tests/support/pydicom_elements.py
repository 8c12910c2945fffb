"""Lists the elements of DICOM files as pydicom reads them, a JSON line for each file named on stdin.

Values are the stored bytes, put into little endian. VRs are those in the file; where it has none,
those of pydicom's dictionary, "" for private elements.
"""
import hashlib
import json
import sys
import warnings

from pydicom import config, dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.errors import InvalidDicomError

warnings.simplefilter("ignore")
config.settings.reading_validation_mode = config.IGNORE
config.replace_un_with_known_vr = False
WORDS = {"AT": 2, "OW": 2, "SS": 2, "US": 2, "FL": 4, "OF": 4, "OL": 4, "SL": 4, "UL": 4,
         "FD": 8, "OD": 8, "OV": 8, "SV": 8, "UV": 8}


def in_little_endian(value, vr):
    words = WORDS.get(vr, 1)
    whole = len(value) - len(value) % words
    return b"".join(value[at:at + words][::-1] for at in range(0, whole, words)) + value[whole:]


def vr_of(raw):
    if raw.VR is not None:
        return raw.VR
    if raw.tag.is_private:
        return ""
    try:
        return dictionary_VR(raw.tag)
    except KeyError:
        return "UN"


def elements_of(dataset, prefix=""):
    for tag in sorted(dataset.keys()):
        if tag.element == 0:
            continue
        path = prefix + "%08X" % tag
        raw = dataset.get_item(tag)
        vr = vr_of(raw) if isinstance(raw, RawDataElement) else raw.VR
        if vr == "SQ":
            items = dataset[tag].value
            yield [path, "SQ", len(items), ""]
            for index, item in enumerate(items):
                yield from elements_of(item, "%s/%d/" % (path, index))
            continue
        value = b"" if raw.value is None else raw.value
        if not isinstance(value, bytes):
            # What pydicom needs itself (Specific Character Set, offsets of a DICOMDIR) it has
            # decoded already.
            yield [path, vr, -1, ""]
            continue
        if isinstance(raw, RawDataElement) and not raw.is_little_endian:
            value = in_little_endian(value, vr)
        yield [path, vr, len(value), hashlib.sha1(value).hexdigest()[:16]]


for line in sys.stdin:
    name = line.rstrip("\n")
    answer = {"file": name, "forced": False}
    try:
        try:
            dataset = dcmread(name)
        except InvalidDicomError:
            answer["forced"] = True
            dataset = dcmread(name, force=True)
        answer["elements"] = list(elements_of(dataset))
    except Exception as error:
        answer["error"] = "%s: %s" % (type(error).__name__, error)
    print(json.dumps(answer))
