"""Serves the token endpoints of all clouds at one address: HTTPS on port 443 in a container's network (container.py).

Like the real ones, each accepts a ServiceAccount's token only if it is signed with a key of the cluster (`keys`, a JWK set),
is from the `issuer`, has not expired, is for the `subject`, and has the audience that this cloud is configured to trust
(`audiences`, by the cloud's name). Every request is written to standard output as a line of JSON: the cloud and what was
requested, the claims of its token, and the reason for a refusal.
"""

import gzip
import http.server
import json
import ssl
import sys
import time
import urllib.parse

import jwt

settings = json.load(sys.stdin)
KEYS = {key.key_id: key.key for key in jwt.PyJWKSet.from_dict(settings["keys"]).keys}
LATER = "2099-01-01T00:00:00Z"


class Refused(Exception):
    """The cloud refuses the request."""


class Request:
    def __init__(self, handler, body):
        url = urllib.parse.urlsplit(handler.path)
        self.method, self.path = handler.command, url.path
        self.host = handler.headers["Host"].partition(":")[0]
        self.headers, self.body = handler.headers, body
        self.query = dict(urllib.parse.parse_qsl(url.query))
        # What is reported about the request: the claims of its token, and whatever else the cloud looks at.
        self.seen = {"method": self.method, "host": self.host, "path": self.path}

    @property
    def form(self):
        return dict(urllib.parse.parse_qsl(self.body.decode()))

    @property
    def json(self):
        return json.loads(self.body)

    def verify(self, cloud, token):
        """Accepts or refuses a ServiceAccount's token."""
        self.seen["cloud"] = cloud
        try:
            # These claims are reported even if they are refused below.
            claims = jwt.decode(token, options={"verify_signature": False})
            self.seen |= {"audience": claims["aud"], "subject": claims["sub"]}
            self.seen["pod"] = claims.get("kubernetes.io", {}).get("pod", {}).get("name")
            self.seen["seconds"] = claims["exp"] - claims["iat"]
            key = KEYS[jwt.get_unverified_header(token)["kid"]]
            jwt.decode(
                token, key, algorithms=["RS256", "ES256"],
                audience=settings["audiences"][cloud], issuer=settings["issuer"],
            )
        except (jwt.InvalidTokenError, KeyError) as error:
            raise Refused(f"{cloud}: {type(error).__name__}: {error}") from None
        if claims["sub"] != settings["subject"]:
            raise Refused(f"{cloud}: the subject is {claims['sub']}")

    def require(self, condition, what):
        if not condition:
            raise Refused(f"not {what}: {self.body[:2000]}")

    def authorized(self, token):
        self.require(self.headers["Authorization"] == f"Bearer {token}", f"authorized with {token}")


def google(request):
    if request.path == "/v1/token":
        form = request.form
        request.require(form["grant_type"] == "urn:ietf:params:oauth:grant-type:token-exchange", "an exchange")
        request.seen["provider"] = form["audience"]
        request.verify("google", form["subject_token"])
        return {"access_token": "google-federated", "expires_in": 3600, "token_type": "Bearer",
                "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}
    if request.host == "cloudresourcemanager.googleapis.com":
        # Unless a variable names the project, the SDK asks for the one whose number is in the provider's name.
        return {"projectId": f"project-{request.path.rpartition('/')[2]}"}
    request.authorized("google-federated")
    request.seen["email"] = request.path.rpartition("/")[2].removesuffix(":generateAccessToken")
    return {"accessToken": f"google-{request.seen['email']}", "expireTime": LATER}


def azure(request):
    authority = f"https://{request.host}"
    if request.path == "/common/discovery/instance":
        tenant = request.query["authorization_endpoint"].split("/")[3]
        return {"tenant_discovery_endpoint": f"{authority}/{tenant}/v2.0/.well-known/openid-configuration",
                "metadata": [{"preferred_network": request.host, "preferred_cache": request.host,
                              "aliases": [request.host]}]}
    tenant = request.path.split("/")[1]
    if request.path.endswith("/.well-known/openid-configuration"):
        return {"issuer": f"{authority}/{tenant}/v2.0", "token_endpoint": f"{authority}/{tenant}/oauth2/v2.0/token",
                "authorization_endpoint": f"{authority}/{tenant}/oauth2/v2.0/authorize"}
    form = request.form
    request.require(form["client_assertion_type"].endswith(":jwt-bearer"), "an assertion")
    request.seen |= {"tenant": tenant, "client": form["client_id"], "scope": form["scope"]}
    request.verify("azure", form["client_assertion"])
    return {"token_type": "Bearer", "expires_in": 3600, "access_token": f"azure-{form['client_id']}"}


def aws(request):
    form = request.form
    if form["Action"] == "GetCallerIdentity":
        request.require("Credential=ASIAEXAMPLE/" in request.headers["Authorization"], "signed")
        return f"<Arn>{settings['awsARN']}</Arn>", "GetCallerIdentity"
    request.seen |= {"role": form["RoleArn"], "session": form["RoleSessionName"]}
    settings["awsARN"] = f"{form['RoleArn']}/session"
    request.verify("aws", form["WebIdentityToken"])
    return (f"<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
            f"<SessionToken>session</SessionToken><Expiration>{LATER}</Expiration></Credentials>"), form["Action"]


def alibaba(request):
    query = request.query
    request.require(query["Action"] == "AssumeRoleWithOIDC", "AssumeRoleWithOIDC")
    request.seen |= {"role": query["RoleArn"], "provider": query["OIDCProviderArn"]}
    request.verify("alibaba", query["OIDCToken"])
    return {"Credentials": {"AccessKeyId": "STS.example", "AccessKeySecret": "secret", "SecurityToken": "alibaba-session",
                            "Expiration": LATER}}


def tencent(request):
    given = request.json
    request.require(request.headers["X-TC-Action"] == "AssumeRoleWithWebIdentity", "AssumeRoleWithWebIdentity")
    request.seen |= {"role": given["RoleArn"], "provider": given["ProviderId"], "region": request.headers["X-TC-Region"]}
    request.verify("tencent", given["WebIdentityToken"])
    credentials = {"Token": "tencent-session", "TmpSecretId": "id", "TmpSecretKey": "secret"}
    return {"Response": {"Credentials": credentials, "ExpiredTime": int(time.time()) + 7200, "RequestId": "1"}}


def databricks(request):
    host = f"https://{request.host}"
    if request.path == "/.well-known/databricks-config":
        return {"oidc_endpoint": f"{host}/oidc", "workspace_id": "1", "cloud": "AWS"}
    if request.path == "/oidc/.well-known/oauth-authorization-server":
        return {"authorization_endpoint": f"{host}/oidc/v1/authorize", "token_endpoint": f"{host}/oidc/v1/token"}
    if request.path == "/oidc/v1/token":
        form = request.form
        request.seen["client"] = form.get("client_id")
        request.verify("databricks", form["subject_token"])
        return {"access_token": "databricks-access", "token_type": "Bearer", "expires_in": 3600}
    request.authorized("databricks-access")
    return {"userName": "etl"}


def anthropic(request):
    if request.path == "/v1/oauth/token":
        given = request.json
        request.seen |= {name: given.get(name) for name in (
            "federation_rule_id", "organization_id", "service_account_id", "workspace_id")}
        request.verify("anthropic", given["assertion"])
        return {"access_token": "anthropic-access", "token_type": "Bearer", "expires_in": 3600}
    request.authorized("anthropic-access")
    return {"data": [{"id": "model", "type": "model", "display_name": "Model", "created_at": LATER}], "has_more": False}


def huawei(request):
    given = request.json["auth"]
    if request.path == "/v3.0/OS-AUTH/id-token/tokens":
        request.seen["provider"] = request.headers["X-Idp-Id"]
        request.verify("huawei", given["id_token"]["id"])
        return {"token": {}}, {"X-Subject-Token": "huawei-unscoped"}
    request.require(given["identity"]["token"]["id"] == "huawei-unscoped", "with the unscoped token")
    return {"credential": {"access": "ak", "secret": "sk", "securitytoken": "huawei-session",
                           "expires_at": "2099-01-01T00:00:00.000000Z"}}


def vault(request):
    given = request.json
    request.seen |= {"role": given["role"], "namespace": request.headers["X-Vault-Namespace"]}
    request.verify("vault", given["jwt"])
    return {"auth": {"client_token": "vault-token", "lease_duration": 3600}}


def ibm(request):
    form = request.form
    request.require(form["grant_type"] == "urn:ibm:params:oauth:grant-type:cr-token", "with a cr-token")
    request.seen["profile"] = form.get("profile_name")
    request.verify("ibm", form["cr_token"])
    now = int(time.time())
    return {"access_token": jwt.encode({"iat": now, "exp": now + 3600}, "x" * 32), "token_type": "Bearer",
            "expires_in": 3600, "expiration": now + 3600}


def snowflake(request):
    body = gzip.decompress(request.body) if request.headers["Content-Encoding"] == "gzip" else request.body
    if request.path != "/session/v1/login-request":
        return {"success": True, "data": {}, "code": None, "message": None}
    given = json.loads(body)["data"]
    request.seen |= {"authenticator": given["AUTHENTICATOR"], "provider": given["PROVIDER"]}
    request.verify("snowflake", given["TOKEN"])
    return {"success": True, "code": None, "message": None, "data": {
        "token": "snowflake-session", "masterToken": "master", "validityInSeconds": 3600, "masterValidityInSeconds": 3600,
        "displayUserName": "ETL", "serverVersion": "9", "sessionId": 1, "parameters": [], "sessionInfo": {}}}


# By the suffix of the host name.
CLOUDS = {
    "googleapis.com": google, "login.microsoftonline.com": azure, "login.microsoftonline.us": azure,
    "login.chinacloudapi.cn": azure, "token-proxy.example.com": azure, "amazonaws.com": aws, "aliyuncs.com": alibaba,
    "sts.tencentcloudapi.com": tencent, "cloud.databricks.com": databricks, "api.anthropic.com": anthropic,
    "myhuaweicloud.com": huawei, "vault.example.com": vault, "iam.cloud.ibm.com": ibm, "snowflakecomputing.com": snowflake,
}


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        request = Request(self, body)
        try:
            cloud = next((CLOUDS[name] for name in CLOUDS if request.host.endswith(name)), None)
            request.require(cloud, "a host that is served")
            status, content = 200, cloud(request)
        except Refused as refusal:
            request.seen["refused"] = str(refusal)
            status, content = 401, {"error": "invalid_grant", "error_description": str(refusal)}
        except Exception as error:
            request.seen["refused"] = f"not understood: {type(error).__name__}: {error}: {body[:2000]}"
            status, content = 400, {"error": "invalid_request"}
        # This is printed before the response, because the container may exit once it has received that.
        print(json.dumps(request.seen), flush=True)
        self.answer(status, content)

    do_GET = do_POST = do_PUT = serve

    def answer(self, status, content):
        headers = {"Content-Type": "application/json"}
        if isinstance(content, tuple) and isinstance(content[0], str):
            # AWS' query protocol.
            result, action = content
            headers["Content-Type"] = "text/xml"
            text = (f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>{result}'
                    f"</{action}Result></{action}Response>")
        else:
            content, more = content if isinstance(content, tuple) else (content, {})
            headers |= more
            text = json.dumps(content)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 443), Server)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(settings["certificate"], settings["key"])
server.socket = context.wrap_socket(server.socket, server_side=True)
print("ready", flush=True)
server.serve_forever()
