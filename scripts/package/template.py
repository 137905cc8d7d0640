"""Writes target/package/template.yaml: the template with each function's zip in the place of how it is built.

usage: template.py arm64|x86_64
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "target" / "package"
BUILT = re.compile(
    r"    Metadata:\n      BuildMethod: rust-cargolambda\n      BuildProperties:\n        Binary: (?P<binary>[a-z-]+)\n(?P<between>(?:    .*\n)*?)    Properties:\n"
)


def packed(template, arch):
    """The template's text for zips of this architecture."""
    declared = len(re.findall(r"^    Type: AWS::Serverless::Function$", template, re.MULTILINE))
    template, replaced = BUILT.subn(
        lambda match: f"{match['between']}    Properties:\n      CodeUri: {arch}/{match['binary']}.zip\n", template
    )
    if replaced != declared:
        sys.exit(f"template.yaml declares {declared} functions, {replaced} of them are built as the others: say how the rest is packed.")
    architectures = "    Architectures: [arm64]\n"
    if template.count(architectures) != 1:
        sys.exit("template.yaml is expected to say once, for all functions, that they are for arm64.")
    return template.replace(architectures, f"    Architectures: [{arch}]\n")


if __name__ == "__main__":
    (OUT / "template.yaml").write_text(packed((ROOT / "template.yaml").read_text(encoding="utf-8"), sys.argv[1]), encoding="utf-8")
    print("Deploy it: sam deploy --guided --template-file target/package/template.yaml")
