"""Reads and writes text as pydicom does, a JSON line for each one on stdin.

A line has "terms" (the values of Specific Character Set), "text", and "hex": its bytes as another
program wrote them. The answer has "text" as pydicom reads those bytes, and "hex" as it writes the
text; as a person name both.
"""
import json
import sys

from pydicom import charset, config
from pydicom.valuerep import PersonName

config.settings.reading_validation_mode = config.RAISE

for line in sys.stdin:
    asked = json.loads(line)
    encodings = charset.convert_encodings(asked["terms"])
    read = PersonName(bytes.fromhex(asked["hex"]), encodings).decode()
    written = PersonName(asked["text"], encodings).encode(encodings)
    print(json.dumps({"text": str(read), "hex": written.hex()}))
