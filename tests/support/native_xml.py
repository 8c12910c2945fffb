"""Compares Native DICOM Models (PS3.19 A.1).

Takes two files a line, ours and one of DCMTK's dcm2xml, separated by a tab. Answers each line with
a JSON list of what they say differently, without what is explained below.
"""

import json
import sys
import xml.etree.ElementTree as ET

NAMESPACE = "{http://dicom.nema.org/PS3.19/models/NativeDICOM}"


def name_of(element):
    return element.tag.replace(NAMESPACE, "")


def value_of(element):
    kind = name_of(element)
    if kind == "Value":
        return [element.get("number"), (element.text or "").strip()]
    if kind == "PersonName":
        groups = {
            name_of(group): {name_of(part): part.text or "" for part in group}
            for group in element
        }
        groups = {name: parts for name, parts in groups.items() if parts}
        # Of an empty third group DCMTK makes the second once more.
        if groups.get("Phonetic") == groups.get("Ideographic"):
            groups.pop("Phonetic", None)
        return [element.get("number"), groups]
    return [kind if kind == "Item" else "bytes"]


def attributes_of(model, path=""):
    found = {}
    for attribute in model:
        here = f"{path}/{attribute.get('tag')}"
        values = [value_of(child) for child in attribute]
        # An empty name is a value to us and none to DCMTK.
        values = [value for value in values if value[-1] != {}]
        found[here] = [attribute.get("vr"), attribute.get("keyword"), values]
        for child in attribute:
            if name_of(child) == "Item":
                found.update(attributes_of(child, f"{here}/{child.get('number')}"))
    return found


def is_same(ours, theirs):
    """Numbers are written with other digits: `0` and `0.00`, all digits of a float or nine."""
    if ours == theirs:
        return True
    try:
        return len(ours) == len(theirs) and all(
            a[0] == b[0] and abs(float(a[1]) - float(b[1])) <= 1e-6 * max(1, abs(float(a[1])))
            for a, b in zip(ours, theirs)
        )
    except (ValueError, TypeError, IndexError):
        return False


def differences(ours, theirs):
    for path in sorted(set(ours) | set(theirs)):
        # DCMTK adds Specific Character Set; below an unknown VR it reads no items; repeated private
        # blocks of group 7001 it sorts otherwise.
        above = path.rsplit("/", 2)[0]
        if path == "/00080005" or path.startswith("/7001"):
            continue
        if theirs.get(above, [""])[0] == "UN":
            continue
        if path not in ours or path not in theirs:
            yield [path, ours.get(path), theirs.get(path)]
            continue
        (vr, keyword, values), (other, word, others) = ours[path], theirs[path]
        # It knows private elements by its dictionary, and some of the standard's not at all.
        if "UN" in (vr, other):
            continue
        # Pixel data in 8 bits is OW or OB to it as it finds them.
        if vr != other and path != "/7FE00010":
            yield [path, vr, other]
        # Retired elements have no keyword there.
        if word is not None and keyword != word:
            yield [path, keyword, word]
        if not is_same(values, others):
            yield [path, values, others]


for line in sys.stdin:
    ours, theirs = (
        attributes_of(ET.parse(path).getroot()) for path in line.rstrip("\n").split("\t")
    )
    print(json.dumps(list(differences(ours, theirs))), flush=True)
