/// Public keys in PEM, and what other programs derive from them.
package enum KeyFixtures {
    /// A 2048-bit RSA key.
    package static let rsa = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu9hJVy49+CXjpDJBcSG9
        51ydqmZZs+KbFbMZZdt7cT8uOZMONGdVjJdyQEv60XdB8p+WxtBcwbzqSUPJFI5c
        6+1pWm2Ro2neGv2eBn9c1/EXCQjf2Xc4Zj+x5Nz/yXnFW0nlinPLDTRE2E+ObHp6
        +P45LpmPpU9cDI2pRA9Odj2h1KYXAIQMcl+13MD5jJbRjPgubxbuxeUh/qZhBXxa
        X7eNH7uonYCFtmOXClNiq6Gl+g141SfskWd/g8vn22DXS58vQmwx2Pzg0kbcujsj
        FE8gK/JYlt4i031/9ku7lz+AGBUu1Me+SivrGju+hy+/bKuSvmZ8KUpSRvbk3rYN
        FwIDAQAB
        -----END PUBLIC KEY-----
        """

    /// The same key as PKCS#1.
    package static let rsaPKCS1 = """
        -----BEGIN RSA PUBLIC KEY-----
        MIIBCgKCAQEAu9hJVy49+CXjpDJBcSG951ydqmZZs+KbFbMZZdt7cT8uOZMONGdV
        jJdyQEv60XdB8p+WxtBcwbzqSUPJFI5c6+1pWm2Ro2neGv2eBn9c1/EXCQjf2Xc4
        Zj+x5Nz/yXnFW0nlinPLDTRE2E+ObHp6+P45LpmPpU9cDI2pRA9Odj2h1KYXAIQM
        cl+13MD5jJbRjPgubxbuxeUh/qZhBXxaX7eNH7uonYCFtmOXClNiq6Gl+g141Sfs
        kWd/g8vn22DXS58vQmwx2Pzg0kbcujsjFE8gK/JYlt4i031/9ku7lz+AGBUu1Me+
        SivrGju+hy+/bKuSvmZ8KUpSRvbk3rYNFwIDAQAB
        -----END RSA PUBLIC KEY-----
        """

    /// A 1024-bit RSA key.
    package static let weak = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDNpqbAikFL6JqiWLDqae8hjWkk
        eshZvapFYr1DaGEKl1nM01hXjGPCsenE+YihLIZLIibo1f0u1nBUq0ic7B8XisJy
        y29+mx4Zo/8HeHTzyNp8sBPr3s9l68PaMpR4bthziHiaCp/LBIzcXoasw9TbsWww
        5jNd/DGzA9GgNSCxQQIDAQAB
        -----END PUBLIC KEY-----
        """

    /// A P-256 key whose first coordinate begins with a zero.
    package static let curve = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAExVyXc7i8tQfEdMpuX5ptEapt3P
        TtOB813W5Z4LSQmRaKWH39BkcV0kx6QQxcCdVtx+FZ4vo23Woil/exNM2g==
        -----END PUBLIC KEY-----
        """

    /// The same key with a compressed point.
    package static let compressed = """
        -----BEGIN PUBLIC KEY-----
        MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACAExVyXc7i8tQfEdMpuX5ptEapt3P
        TtOB813W5Z4LSQk=
        -----END PUBLIC KEY-----
        """

    package static let ed25519 = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAgEeawjPimZYlHoFNJU4/AGwxm0t0VxbWd6cJdkLS1aI=
        -----END PUBLIC KEY-----
        """

    package static let p384 = """
        -----BEGIN PUBLIC KEY-----
        MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEaYvPfEXi+SazxkY+RXstQ4+Kb1naKslf
        qz5pIOaiBbFFwJJObC/hHFJz+JeTJ99hEhd83v0BJyXXszqJVaGJezAzYEtgOmvC
        ceK8aAM9aamO6rKysi4DkjLyxrS1L2Fh
        -----END PUBLIC KEY-----
        """
}
