# SPDX-License-Identifier: GPL-2.0-only
"""on_page.py PAGE JSON...: is the page well formed, and is each number, and each
name of a test, of these files on it?"""
import json
import re
import sys
import xml.etree.ElementTree as tree

page = tree.parse(sys.argv[1]).getroot()
for style in page.iter("style"):
    style.text = ""
text = " ".join(page.itertext())
words = set(re.findall(r"[0-9]+(?:\.[0-9]+)?", re.sub(r"(?<=[0-9]),(?=[0-9]{3})", "", text)))
missing = 0


def look(value, path):
    global missing
    if isinstance(value, dict):
        for key, below in value.items():
            look(below, f"{path}.{key}")
    elif isinstance(value, list):
        for i, below in enumerate(value):
            look(below, f"{path}[{i}]")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if f"{abs(value):g}" not in words and str(abs(value)) not in words:
            missing += 1
            print(f"{path}: {value} is not on the page")
    elif path.endswith((".name", ".field", ".diagnosis", ".title")) and isinstance(value, str):
        if value not in text:
            missing += 1
            print(f"{path}: {value} is not on the page")


for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as file:
        look(json.load(file), "")
sys.exit(missing > 0)
