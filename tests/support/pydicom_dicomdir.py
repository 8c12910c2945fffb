"""Reads DICOMDIRs with pydicom.

Takes the path of a DICOMDIR a line. Answers each with a line of JSON: its tree of records, walked
by their offsets, and, for one that lies beside its files, these as pydicom's FileSet finds them,
each with the digest of its bytes. What goes wrong is the answer, too.
"""

import hashlib
import json
import os
import sys
import warnings

from pydicom import dcmread, fileset
from pydicom.fileset import FileSet

warnings.simplefilter("ignore")

# A type of PS3.3 F.5 that is younger than pydicom 2.
fileset._PREFIXES.setdefault("ANNOTATION", "AN")

DIRECTORY_GROUP = 0x0004


def value_of(element):
    if element.VR == "SQ":
        return [keys_of(item) for item in element.value]
    if element.VM > 1:
        return [str(value) for value in element.value]
    return "" if element.value is None else str(element.value)


def keys_of(record):
    return {
        f"{element.tag:08X}": value_of(element)
        for element in record
        if element.tag.group != DIRECTORY_GROUP and element.tag != 0x00080005
    }


def tree_of(records, offset):
    nodes = []
    while offset:
        record = records.pop(offset)
        nodes.append(
            {
                "type": record.DirectoryRecordType,
                "uid": str(record.get("ReferencedSOPInstanceUIDInFile", "")),
                "class": str(record.get("ReferencedSOPClassUIDInFile", "")),
                "syntax": str(record.get("ReferencedTransferSyntaxUIDInFile", "")),
                "keys": keys_of(record),
                "below": tree_of(records, record.OffsetOfReferencedLowerLevelDirectoryEntity),
            }
        )
        offset = record.OffsetOfTheNextDirectoryRecord
    return nodes


def files_of(path):
    files = []
    for instance in FileSet(path):
        with open(instance.path, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        files.append({"uid": str(instance.SOPInstanceUID), "sha256": digest})
    return files


def answer(path):
    directory = dcmread(path)
    records = {item.seq_item_tell: item for item in directory.DirectoryRecordSequence}
    count = len(records)
    first = directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity
    tree = tree_of(records, first)
    is_beside = os.path.isdir(os.path.join(os.path.dirname(path), "DICOM"))
    return {
        "tree": tree,
        "records": count,
        "unreached": len(records),
        "files": files_of(path) if is_beside else [],
    }


for line in sys.stdin:
    try:
        result = answer(line.rstrip("\n"))
    except Exception as error:
        result = {"error": repr(error)}
    print(json.dumps(result), flush=True)
