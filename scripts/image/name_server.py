#!/usr/bin/env python3
"""Answers each DNS query for an IPv4 address with 127.0.0.1, and any other with no records (RFC 1035, section 4).

usage: name_server.py ADDRESS
"""

import socket
import sys

HEADER = 12
ADDRESS_RECORD = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x7f\x00\x00\x01"


def answer(query):
    end = query.index(b"\0", HEADER) + 5
    records = ADDRESS_RECORD if query[end - 4 : end - 2] == b"\x00\x01" else b""
    counts = b"\x00\x01" + bytes([0, 1 if records else 0]) + b"\x00\x00\x00\x00"
    return query[:2] + b"\x81\x80" + counts + query[HEADER:end] + records


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((sys.argv[1], 53))
        while True:
            query, client = server.recvfrom(4096)
            server.sendto(answer(query), client)


if __name__ == "__main__":
    main()
