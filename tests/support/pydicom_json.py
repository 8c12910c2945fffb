"""Writes DICOM JSON of files as pydicom makes it, a JSON line for each file named on stdin.

Each element is asked for on its own, so that one which pydicom cannot write hides no other: it has
"error" in the place of its value. Binary values are given as length and digest.
"""
import base64
import hashlib
import json
import math
import sys
import warnings

from pydicom import config, dcmread
from pydicom.errors import InvalidDicomError

warnings.simplefilter("ignore")
config.settings.reading_validation_mode = config.IGNORE
# An element written as UN stays UN in F.2; the option would give it the VR of the dictionary.
config.replace_un_with_known_vr = False


def attribute_of(dataset, tag):
    element = dataset[tag]
    if element.VR == "SQ":
        return {"vr": "SQ", "Value": [object_of(item) for item in element.value]}
    attribute = element.to_json_dict(None, 1 << 40)
    if "InlineBinary" in attribute:
        value = base64.b64decode(attribute.pop("InlineBinary"))
        attribute["bytes"] = [len(value), hashlib.sha1(value).hexdigest()]
    if element.VR in ("FL", "FD"):
        # What is no number in JSON; the words are those of F.2's readers, as ours are.
        attribute["Value"] = [value if math.isfinite(value) else
                              repr(value).replace("inf", "Infinity").replace("nan", "NaN")
                              for value in attribute.get("Value", [])]
    return attribute


def object_of(dataset):
    result = {}
    for tag in dataset.keys():
        name = "%08X" % tag
        try:
            result[name] = attribute_of(dataset, tag)
        except Exception as error:
            result[name] = {"vr": "", "error": "%s: %s" % (type(error).__name__, error)}
    return result


for line in sys.stdin:
    name = line.rstrip("\n")
    answer = {"file": name}
    try:
        try:
            dataset = dcmread(name)
        except InvalidDicomError:
            dataset = dcmread(name, force=True)
        answer["object"] = object_of(dataset)
    except Exception as error:
        answer["error"] = "%s: %s" % (type(error).__name__, error)
    print(json.dumps(answer))
