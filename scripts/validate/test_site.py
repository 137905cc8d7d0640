"""The distribution of infra/site.yaml: what it has where, the headers it sends, and what its functions do to a request."""

import fnmatch
import json
import subprocess

import pytest
from sam import ROOT, read

SITE = read("infra/site.yaml")["Resources"]
DISTRIBUTION = SITE["Distribution"]["Properties"]["DistributionConfig"]


def origin_of(path):
    """The origin that CloudFront sends a path to: that of the first behavior whose pattern it matches."""
    for behavior in DISTRIBUTION["CacheBehaviors"]:
        if fnmatch.fnmatchcase(path, behavior["PathPattern"]):
            return behavior["TargetOriginId"]
    return DISTRIBUTION["DefaultCacheBehavior"]["TargetOriginId"]


def routes():
    resources = read()["Resources"].values()
    functions = [one for one in resources if one["Type"] == "AWS::Serverless::Function"]
    events = [event for one in functions for event in one["Properties"].get("Events", {}).values()]
    return sorted({event["Properties"]["Path"] for event in events if event["Type"] == "Api"})


@pytest.mark.parametrize("path", routes())
def test_every_route_of_the_rest_api_is_there(path):
    assert origin_of(path.replace("{id}", "0199")) == "rest"


def test_no_behavior_is_left_over():
    used = {"/" + path.split("/")[1] for path in routes()}
    patterns = {one["PathPattern"].removesuffix("/*") for one in DISTRIBUTION["CacheBehaviors"]}
    assert patterns == used | {"/api/v1/users/ws"}


def test_the_feed_is_where_the_dashboard_opens_it():
    app = (ROOT / "dashboard/src/app.ts").read_text()
    assert "location.host}/api/v1/users/ws`" in app
    assert origin_of("/api/v1/users/ws") == "feed"


@pytest.mark.parametrize("path", ["/", "/index.html", "/sign-in", "/assets/index-1.js", "/api-docs"])
def test_all_else_is_the_dashboard(path):
    assert origin_of(path) == "files"


def test_nothing_of_the_api_is_kept_or_left_out():
    managed = {"CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "OriginRequestPolicyId": "b689b0a8-53d0-40ab-baf2-68738e2966ac"}
    for behavior in DISTRIBUTION["CacheBehaviors"]:
        assert managed.items() <= behavior.items()
    assert "CustomErrorResponses" not in DISTRIBUTION, "they would take the place of the API's problem documents"


def headers():
    """What the policy of the pages sends."""
    config = SITE["PageHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    tls = security["StrictTransportSecurity"]
    own = [security["ContentSecurityPolicy"], security["ContentTypeOptions"], security["ReferrerPolicy"], tls]
    items = config["CustomHeadersConfig"]["Items"]
    assert all(one["Override"] for one in own + items)
    return {one["Header"]: one["Value"] for one in items} | {
        "Content-Security-Policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        "Strict-Transport-Security": f"max-age={tls['AccessControlMaxAgeSec']}" + "; includeSubDomains" * tls["IncludeSubdomains"],
        "X-Content-Type-Options": "nosniff",
    }


def test_pages_have_the_headers_that_they_have_locally():
    local = json.loads((ROOT / "dashboard/headers.json").read_text())
    assert headers() == local | {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}


def run(function, uri="/", **sent):
    """What a function makes of a request."""
    code = SITE[function]["Properties"]["FunctionCode"]
    code = code["Fn::Sub"].replace("${Stage}", "live") if isinstance(code, dict) else code
    request = {"method": "GET", "uri": uri, "headers": {name.replace("_", "-"): {"value": value} for name, value in sent.items()}}
    event = json.dumps({"viewer": {"ip": "203.0.113.7"}, "request": request})
    script = f"{code}\nconsole.log(JSON.stringify(handler({event})));"
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


PAGE = "text/html,application/xhtml+xml"


@pytest.mark.parametrize(
    ("uri", "accept", "given"),
    [
        ("/", PAGE, "/index.html"),
        ("/shareholders/0199", PAGE, "/index.html"),
        ("/assets/index-1.js", PAGE, "/assets/index-1.js"),
        ("/assets/index-1.js", "*/*", "/assets/index-1.js"),
        ("/favicon.ico", "image/avif,image/webp,*/*", "/favicon.ico"),
        ("/shareholders/0199", "*/*", "/shareholders/0199"),
    ],
)
def test_whoever_asks_for_a_page_gets_the_dashboard(uri, accept, given):
    assert run("PagesFunction", uri, accept=accept)["uri"] == given


def test_who_names_no_type_gets_what_they_ask_for():
    assert run("PagesFunction", "/sign-in")["uri"] == "/sign-in"


@pytest.mark.parametrize("function", ["RestFunction", "FeedFunction"])
def test_the_address_is_cloudfronts_word_and_not_the_clients(function):
    assert run(function, x_viewer_ip="198.51.100.1")["headers"]["x-viewer-ip"] == {"value": "203.0.113.7"}


def test_requests_keep_their_path_and_websockets_go_to_the_stage():
    assert run("RestFunction", "/api/v1/users/me")["uri"] == "/api/v1/users/me"
    assert run("FeedFunction", "/api/v1/users/ws")["uri"] == "/live"


def test_both_apis_are_told_that_it_is_cloudfront():
    verified = {one["Id"]: one.get("OriginCustomHeaders") for one in DISTRIBUTION["Origins"]}
    whole, version = (f"{{{{resolve:secretsmanager:${{OriginSecretArn}}:SecretString{one}}}}}" for one in ("", ":::${OriginSecretVersion}"))
    secret = {"Fn::If": ["WithSecretVersion", {"Fn::Sub": version}, {"Fn::Sub": whole}]}
    header = [{"HeaderName": "x-origin-verify", "HeaderValue": secret}]
    assert verified == {"files": None, "rest": header, "feed": header}
