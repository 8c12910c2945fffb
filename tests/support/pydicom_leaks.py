"""Reads lines "original<TAB>result" and answers each with JSON: what of the original's identity is
found in the bytes of the result outside of its pixel data, as "tag value". What the original also
has in a code string or in an attribute of KEPT identifies nobody."""
import json
import sys
import warnings

import pydicom
from pydicom.config import settings

warnings.simplefilter("ignore")
settings.reading_validation_mode = pydicom.config.IGNORE

NAMED = {
    "AccessionNumber", "PatientID", "PatientBirthDate", "PatientBirthTime", "OtherPatientIDs",
    "IssuerOfPatientID", "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName",
    "StationName", "DeviceSerialNumber", "PatientAddress", "PatientTelephoneNumbers",
    "MilitaryRank", "EthnicGroup", "Occupation", "AdmissionID", "StudyID", "StudyDescription",
    "SeriesDescription", "ProtocolName", "PatientComments", "ImageComments", "StudyDate",
    "SeriesDate", "AcquisitionDate", "ContentDate", "PerformedProcedureStepDescription",
    "RequestedProcedureDescription", "DetectorID", "PlateID", "CassetteID", "TextValue",
    "AdditionalPatientHistory", "MedicalRecordLocator", "FillerOrderNumberImagingServiceRequest",
    "PlacerOrderNumberImagingServiceRequest", "DateOfSecondaryCapture", "PerformedStationName",
    "ScheduledStationName", "RetrieveAETitle", "StationAETitle",
}
INSTANCE_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID",
                 "ReferencedSOPInstanceUID", "DeviceUID", "IrradiationEventUID", "UID",
                 "TrackingUID", "SynchronizationFrameOfReferenceUID", "ConcatenationUID")


def identity(dataset):
    found = set()

    def visit(_, element):
        if element.VR == "SQ" or element.value is None:
            return
        is_uid = element.keyword in INSTANCE_UIDS
        if not (element.VR == "PN" or element.keyword in NAMED or is_uid or element.tag.is_private):
            return
        values = element.value if isinstance(element.value, (list, pydicom.multival.MultiValue)) \
            else [element.value]
        for value in values:
            if isinstance(value, bytes):
                continue
            if element.tag.is_private and not isinstance(value, str):
                continue
            text = str(value)
            parts = text.replace("=", "^").split("^") if element.VR == "PN" else [text]
            for part in parts:
                if is_uid and part.startswith("1.2.840.10008."):
                    continue
                # Fewer characters than these are in any file.
                if len(part.strip()) >= (6 if part.strip().isdigit() else 4):
                    found.add((str(element.tag), part.strip()))

    dataset.walk(visit)
    return found


# Attributes that PS3.15 Table E.1-1 leaves, in which others' values are often repeated.
KEPT = {
    "Manufacturer", "ManufacturerModelName", "SoftwareVersions", "CodeMeaning", "ImageID",
    "PositionReferenceIndicator", "ProcessingFunction", "ReceiveCoilName", "TransmitCoilName",
}


def kept(dataset):
    found = []

    def visit(_, element):
        if element.VR == "CS" and not element.tag.is_private or element.keyword in KEPT:
            found.append(str(element.value))

    dataset.walk(visit)
    return "\n".join(found)


for line in sys.stdin:
    original, result = line.rstrip("\n").split("\t")
    source = pydicom.dcmread(original, force=True)
    with open(result, "rb") as file:
        raw = file.read()
    after = pydicom.dcmread(result)
    for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
        if keyword in after and len(after[keyword].value or b"") > 0:
            raw = raw.replace(after[keyword].value, b"", 1)
    common = kept(source)
    leaks = []
    for tag, value in sorted(identity(source)):
        encodings = {value.encode("utf-8"), value.encode("latin-1", "replace")}
        if value not in common and any(each in raw for each in encodings):
            leaks.append(f"{tag} {value}")
    print(json.dumps(leaks), flush=True)
