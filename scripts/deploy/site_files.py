"""The dashboard's files in the site's bucket, and in CloudFront's caches."""

import re

from settings import ROOT

BUILT = "dashboard/dist"
# Names that begin with a dot are the build's own. CloudFront compresses by itself.
LEFT_OUT = ["--exclude", ".*", "--exclude", "*.br", "--exclude", "*.gz"]


def upload(commands, bucket, distribution):
    to = f"s3://{bucket}"
    # First what pages need, then the page. Files that an older page may yet ask for stay.
    sync(commands, f"{BUILT}/assets", f"{to}/assets", "public, max-age=31536000, immutable")
    changed = sync(commands, BUILT, to, "no-cache", "--exclude", "assets/*", "--delete")
    if changed or commands.plan:
        paths = sorted({f"/{name}" for name in changed} | {"/"})
        invalidate = ["aws", "cloudfront", "create-invalidation", "--distribution-id", distribution, "--paths", *paths]
        commands.change(*invalidate, read=True)


def sync(commands, source, to, cache_control, *options):
    """Uploads what differs; the names of what did, below the bucket."""
    done = commands.change(
        "aws", "s3", "sync", source, to, "--cache-control", cache_control, "--no-progress", *LEFT_OUT, *options, read=True
    )
    if not commands.plan:
        commands.say(done.strip() or f"{to} is up to date")
    return re.findall(r"^(?:upload:.* to|delete:) s3://[^/]+/(\S+)$", done, re.MULTILINE)


def are_built():
    return (ROOT / BUILT / "index.html").exists()
