"""A small Security Token Service for tests: AssumeRoleWithWebIdentity as AWS implements it, and GetCallerIdentity.

usage: sts.py PORT CONFIGURATION

The configuration is JSON and is read again for each request:
  providers    {ACCOUNT: {ISSUER: [AUDIENCE, ...]}}
  roles        {ARN: trust policy}
  iam          the URL of moto, whose IAM has the providers and roles instead
  answer       [STATUS, CODE, MESSAGE], which replaces every other answer
  clock        seconds by which this service is ahead
"""

import fnmatch
import http.server
import json
import re
import secrets
import ssl
import sys
import time
import urllib.parse
import urllib.request
from xml.sax.saxutils import escape

import boto3
import jwt

DOCTOR = "pod-identity-webhook-doctor"
ACTION = "sts:AssumeRoleWithWebIdentity"
UNREACHABLE = ("Couldn't retrieve verification key from your identity provider,  please reference "
               "AssumeRoleWithWebIdentity documentation for requirements")


# The ARNs of sessions by access key.
SESSIONS = {}


class Refusal(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def fetch(url):
    with urllib.request.urlopen(url, timeout=5, context=ssl.create_default_context()) as response:
        return json.load(response)


def key(issuer, kid):
    """The key that the issuer publishes with this ID, found by OpenID Connect Discovery."""
    try:
        document = fetch(issuer.rstrip("/") + "/.well-known/openid-configuration")
        if document["issuer"] != issuer:
            raise ValueError("the document has a different issuer")
        keys = jwt.PyJWKSet.from_dict(fetch(document["jwks_uri"])).keys
        return next(k.key for k in keys if k.key_id == kid)
    except Exception as error:
        raise Refusal(400, "InvalidIdentityToken", UNREACHABLE) from error


def claims(token, account, configuration):
    try:
        header = jwt.get_unverified_header(token)
        given = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise Refusal(400, "InvalidIdentityToken", "The ID Token provided is not a valid JWT. "
                      "(You may see this error if you sent an Access Token)") from error
    issuer = given.get("iss", "")
    provider = configuration.get("providers", {}).get(account, {}).get(issuer)
    if provider is None:
        raise Refusal(400, "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}")
    now = time.time() + configuration.get("clock", 0)
    if now >= given["exp"]:
        raise Refusal(400, "ExpiredTokenException", f"Token expired: current date/time {int(now)} must be before the "
                      f"expiration date/time {given['exp']}")
    audience = given["aud"] if isinstance(given["aud"], str) else given["aud"][0]
    if audience not in provider:
        raise Refusal(400, "InvalidIdentityToken", "Incorrect token audience")
    try:
        jwt.decode(token, key(issuer, header.get("kid")), algorithms=["RS256", "ES256"], audience=audience,
                   issuer=issuer, options={"verify_exp": False, "verify_iat": False, "verify_nbf": False})
    except jwt.PyJWTError as error:
        raise Refusal(400, "InvalidIdentityToken", "Invalid signature") from error
    return {"iss": issuer, "aud": audience, "sub": given["sub"]}


def of_iam(url):
    """The providers and roles in IAM, in the form of the configuration."""
    client = boto3.client("iam", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test",
                          aws_secret_access_key="test")
    providers = {}
    for entry in client.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        provider = client.get_open_id_connect_provider(OpenIDConnectProviderArn=entry["Arn"])
        issuer = "https://" + provider["Url"].removeprefix("https://")
        providers.setdefault(entry["Arn"].split(":")[4], {})[issuer] = provider["ClientIDList"]
    roles = {role["Arn"]: role["AssumeRolePolicyDocument"] for role in client.list_roles()["Roles"]}
    return {"providers": providers, "roles": roles}


def listed(value):
    return value if isinstance(value, list) else [value]


def holds(operator, pattern, value):
    if operator == "StringEquals":
        return pattern == value
    if operator == "StringLike":
        return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))
    raise ValueError(f"this service does not support the operator {operator}")


def applies(statement, provider, name, token):
    if provider not in listed(statement.get("Principal", {}).get("Federated", [])):
        return False
    if not any(fnmatch.fnmatchcase(ACTION.lower(), action.lower()) for action in listed(statement["Action"])):
        return False
    values = {f"{name}:{claim}": token[claim] for claim in ("sub", "aud")}
    return all(field in values and any(holds(operator, pattern, values[field]) for pattern in listed(patterns))
               for operator, fields in statement.get("Condition", {}).items()
               for field, patterns in fields.items())


def is_allowed(policy, partition, account, token):
    name = token["iss"].removeprefix("https://")
    provider = f"arn:{partition}:iam::{account}:oidc-provider/{name}"
    effects = [s["Effect"] for s in listed(policy["Statement"]) if applies(s, provider, name, token)]
    return "Allow" in effects and "Deny" not in effects


def assume(form, configuration):
    if answer := configuration.get("answer"):
        raise Refusal(*answer)
    arn = form["RoleArn"]
    parts = arn.split(":")
    if len(parts) != 6 or parts[1] != "aws":
        raise Refusal(400, "ValidationError", "Request ARN is invalid")
    if form["RoleSessionName"] == DOCTOR:
        policy = json.loads(form["Policy"])
        assert policy["Statement"] == [{"Effect": "Deny", "Action": "*", "Resource": "*"}], policy
        assert form["DurationSeconds"] == "900", form
    token = claims(form["WebIdentityToken"], parts[4], configuration)
    role = configuration.get("roles", {}).get(arn)
    if role is None or not is_allowed(role, parts[1], parts[4], token):
        raise Refusal(403, "AccessDenied", f"Not authorized to perform {ACTION}")
    session = f"arn:{parts[1]}:sts::{parts[4]}:assumed-role/{parts[5].split('/')[-1]}/{form['RoleSessionName']}"
    access_key = "ASIA" + secrets.token_hex(8).upper()
    SESSIONS[access_key] = session
    expiration = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 900))
    return ("<AssumeRoleWithWebIdentityResult><SubjectFromWebIdentityToken>" + escape(token["sub"])
            + "</SubjectFromWebIdentityToken><AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:x</AssumedRoleId><Arn>"
            + escape(session) + "</Arn></AssumedRoleUser><Credentials><AccessKeyId>" + access_key + "</AccessKeyId>"
            "<SecretAccessKey>n0t-to-be-seen</SecretAccessKey><SessionToken>n0t-to-be-seen</SessionToken><Expiration>"
            + expiration + "</Expiration></Credentials></AssumeRoleWithWebIdentityResult>")


def identity(authorization):
    """The identity of the session, or of an administrator of moto's account if there is no session."""
    access_key = re.search(r"Credential=([^/]+)/", authorization)[1]
    arn = SESSIONS.get(access_key, "arn:aws:iam::123456789012:user/administrator")
    return (f"<GetCallerIdentityResult><Arn>{escape(arn)}</Arn><UserId>AIDAEXAMPLE</UserId>"
            f"<Account>{arn.split(':')[4]}</Account></GetCallerIdentityResult>")


def answer_to(form, headers, configuration):
    action = form.get("Action") if form.get("Version") == "2011-06-15" else None
    if action == "AssumeRoleWithWebIdentity":
        if url := configuration.get("iam"):
            configuration = {**configuration, **of_iam(url)}
        return assume(form, configuration)
    if action == "GetCallerIdentity":
        return identity(headers["Authorization"])
    raise Refusal(400, "InvalidAction", "Could not find operation")


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(urllib.parse.parse_qsl(body, strict_parsing=True))
        try:
            with open(sys.argv[2], encoding="utf-8") as file:
                text, status = answer_to(form, self.headers, json.load(file)), 200
            answer = f"<{form['Action']}Response>{text}</{form['Action']}Response>"
        except Refusal as refusal:
            status = refusal.status
            answer = (f"<ErrorResponse><Error><Type>Sender</Type><Code>{refusal.code}</Code><Message>"
                      f"{escape(refusal.message)}</Message></Error></ErrorResponse>")
        content = answer.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Service).serve_forever()
