"""Runs a script as a pod's container would run it, according to a plan in JSON on standard input (LocalContainer.swift).

It is started in separate mount, network and process namespaces. The container gets a root folder in memory with the system's
programs and the pod's mounts, and nothing else. In its network there is only the server of clouds.py, which all names of the
clouds resolve to, and that server's CA is the only one it trusts. It has only what the pod gave it: no variables, files or
credentials of whoever runs the tests.
"""

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys

# From <sys/mount.h>.
READ_ONLY, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 32, 4096, 16384, 1 << 18
libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind=None, flags=0, options=None):
    arguments = [value.encode() if value else None for value in (source, target, kind)]
    if libc.mount(*arguments, ctypes.c_ulong(flags), options.encode() if options else None) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"mount {source} at {target}: {os.strerror(error)}")


def bind(source, target, read_only=True):
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        write(target, "")
    mount(source, target, flags=BIND | RECURSIVE)
    if read_only:
        mount(None, target, flags=REMOUNT | BIND | READ_ONLY)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def start_network():
    """Brings up the loopback device, which is the only one (netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))


def make_volume(folder, volume):
    """Writes a volume as the kubelet does: the files are in a hidden folder, behind links that are replaced atomically."""
    os.makedirs(folder)
    if volume["writable"]:
        os.chmod(folder, 0o777)
    for file in volume["files"]:
        path = f"{folder}/..current/{file['path']}"
        write(path, file["text"], file["mode"])
        os.chown(path, file["owner"], file["group"])
    if not volume["writable"]:
        os.makedirs(f"{folder}/..current", exist_ok=True)
        os.symlink("..current", f"{folder}/..data")
        for name in os.listdir(f"{folder}/..current"):
            os.symlink(f"..data/{name}", f"{folder}/{name}")


def make_root(root, plan):
    for name in os.listdir("/"):
        if os.path.islink(f"/{name}"):
            os.symlink(os.readlink(f"/{name}"), f"{root}/{name}")
    os.makedirs(f"{root}/run")
    os.makedirs(f"{root}/var")
    os.symlink("../run", f"{root}/var/run")
    os.makedirs(f"{root}/tmp")
    os.chmod(f"{root}/tmp", 0o1777)
    os.makedirs(f"{root}/home/container")
    os.chown(f"{root}/home/container", plan["user"], plan["group"])
    programs = {"/usr", sys.base_prefix, sys.prefix}
    for folder in programs - {inner for inner in programs if inner.startswith("/usr/")}:
        bind(folder, root + folder)
    bind("/dev", f"{root}/dev", read_only=False)
    os.makedirs(f"{root}/proc")
    mount("proc", f"{root}/proc", "proc")
    write(f"{root}/etc/hosts", "".join(f"127.0.0.1 {name}\n" for name in ["localhost"] + plan["hosts"]))
    write(f"{root}/etc/nsswitch.conf", "hosts: files\n")
    write(f"{root}/etc/passwd", f"container:x:{plan['user']}:{plan['group']}::/home/container:/bin/sh\n")
    trust(root, plan["authority"])


def trust(root, authority):
    """Replaces all CA bundles that the SDKs contain or look for with the test's CA."""
    write(f"{root}/etc/ssl/cert.pem", authority)
    write(f"{root}/etc/ssl/certs/ca-certificates.crt", authority)
    for folder, _, files in os.walk(sys.prefix):
        if "cacert.pem" in files:
            bind(f"{root}/etc/ssl/cert.pem", f"{root}{folder}/cacert.pem")


def make_mounts(root, volumes, plan):
    # Like container runtimes, mount parent folders first.
    for entry in sorted(plan["mounts"], key=lambda entry: entry["path"].count("/")):
        source = os.path.join(volumes, entry["volume"], entry["subPath"]).rstrip("/")
        bind(source, root + entry["path"], read_only=entry["readOnly"])


def start_clouds(plan):
    server = subprocess.Popen(
        [sys.executable, os.path.join(os.path.dirname(__file__), "clouds.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    server.stdin.write(json.dumps(plan["clouds"]))
    server.stdin.close()
    if server.stdout.readline() != "ready\n":
        raise SystemExit("clouds.py is not serving")
    return server


def main():
    plan = json.load(sys.stdin)
    start_network()
    server = start_clouds(plan)
    mount(None, "/", flags=PRIVATE | RECURSIVE)
    mount("tmpfs", plan["folder"], "tmpfs", options="mode=755")
    root, volumes = f"{plan['folder']}/root", f"{plan['folder']}/volumes"
    os.makedirs(root)
    for name, volume in plan["volumes"].items():
        make_volume(f"{volumes}/{name}", volume)
    make_root(root, plan)
    make_mounts(root, volumes, plan)

    def enter():
        os.chroot(root)
        os.chdir("/")
        os.setgroups(plan["groups"])
        os.setgid(plan["group"])
        os.setuid(plan["user"])

    surroundings = {"PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "HOME": "/home/container"}
    ended = subprocess.run(
        [sys.executable, "-c", plan["script"]],
        env={**surroundings, **plan["environment"]}, preexec_fn=enter, capture_output=True, text=True, timeout=60,
    )
    server.terminate()
    calls = [json.loads(line) for line in server.stdout]
    json.dump({"status": ended.returncode, "output": ended.stdout, "error": ended.stderr, "calls": calls}, sys.stdout)


main()
