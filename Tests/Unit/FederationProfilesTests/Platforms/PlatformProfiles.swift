/// Profiles for further clouds.
enum PlatformProfiles {
    static let all = [alibaba, tencent, oracle, ibm, huawei, stackit, thalassa]

    static let alibaba = """
        profile: alibaba
        prefix: pod-identity.alibabacloud.com
        onInvalid: default
        settings: {account: "", oidcProvider: "", region: "", vpc: "true"}
        parameters:
          role: {annotation: role-name, shape: "{*}"}
          expiration: {annotation: service-account-token-expiration, in: [pod, serviceAccount], type: seconds, default: 3600, min: 600, max: 43200, onRange: default}
          override: {annotation: override-env, in: pod, type: flag}
        use: {when: role, anyOf: [{podLabel: {injection: "on"}}, {namespaceLabel: {injection: "on"}}]}
        containers: {skip: skip-containers, only: only-containers}
        volumes:
          - name: rrsa-oidc-token
            mount: /var/run/secrets/ack.alibabacloud.com/rrsa-tokens
            sources: [{token: {path: token, audience: sts.aliyuncs.com, expiration: "${expiration}"}}]
        environment:
          - policyWhen: {override: replace}
            values:
              ALIBABA_CLOUD_ROLE_ARN: "acs:ram::${account}:role/${role}"
              ALIBABA_CLOUD_OIDC_PROVIDER_ARN: "${oidcProvider}"
              ALIBABA_CLOUD_OIDC_TOKEN_FILE: "${path:rrsa-oidc-token/token}"
              ALIBABA_CLOUD_STS_REGION: "${region}"
              ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED: "${vpc}"
        overriding: [ALIBABA_CLOUD_ACCESS_KEY_ID]
        tests:
          - name: a Namespace with the label
            settings: {account: "1", oidcProvider: "acs:ram::1:oidc-provider/ack-rrsa-c"}
            serviceAccount: {annotations: {role-name: app, service-account-token-expiration: "43201"}}
            namespace: {labels: {injection: "on"}}
            pod: {annotations: {only-containers: "a,b"}, containers: [a, b, c]}
            expected:
              containers: [a, b]
              warnings: [43201 seconds is not 600 to 43200]
              replaced: []
              environment:
                ALIBABA_CLOUD_ROLE_ARN: acs:ram::1:role/app
                ALIBABA_CLOUD_OIDC_PROVIDER_ARN: acs:ram::1:oidc-provider/ack-rrsa-c
                ALIBABA_CLOUD_OIDC_TOKEN_FILE: /var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token
                ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED: "true"
              volumes:
                rrsa-oidc-token:
                  mount: /var/run/secrets/ack.alibabacloud.com/rrsa-tokens
                  sources: [{token: {path: token, audience: sts.aliyuncs.com, expiration: 3600}}]
          - name: a pod with the label that overrides
            settings: {oidcProvider: o}
            serviceAccount: {annotations: {role-name: app}}
            pod: {labels: {injection: "on"}, annotations: {override-env: "true"}}
            expected: {replaced: [ALIBABA_CLOUD_OIDC_PROVIDER_ARN, ALIBABA_CLOUD_OIDC_TOKEN_FILE, ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED]}
          - {name: no label, serviceAccount: {annotations: {role-name: app}}, expected: {outcome: none}}
          - name: a role in a folder
            serviceAccount: {annotations: {role-name: a/b}}
            pod: {labels: {injection: "on"}}
            expected: {outcome: skipped, warnings: ["must have the form {*}"]}
        """

    static let tencent = """
        profile: tencent
        prefix: tke.cloud.tencent.com
        settings: {region: "", providerID: ""}
        parameters:
          role: {annotation: role-arn}
          audience: {annotation: audience, default: sts.cloud.tencent.com}
          expiration: {annotation: token-expiration, in: [pod, serviceAccount], type: seconds, default: 86400, min: 600}
        use: {when: [role]}
        volumes:
          - name: tencent-token
            mount: /var/run/secrets/cloud.tencent.com/serviceaccount
            sources: [{token: {path: token, audience: "${audience}", expiration: "${expiration}"}}]
        environment:
          - policy: together
            values: {TKE_REGION: "${region}", TKE_PROVIDER_ID: "${providerID}", TKE_ROLE_ARN: "${role}", TKE_WEB_IDENTITY_TOKEN_FILE: "${path:tencent-token/token}"}
        tests:
          - settings: {region: ap-tokyo, providerID: tke}
            serviceAccount: {annotations: {role-arn: "qcs::cam::uin/1:roleName/app"}}
            expected:
              environment:
                TKE_REGION: ap-tokyo
                TKE_PROVIDER_ID: tke
                TKE_ROLE_ARN: qcs::cam::uin/1:roleName/app
                TKE_WEB_IDENTITY_TOKEN_FILE: /var/run/secrets/cloud.tencent.com/serviceaccount/token
        """

    static let oracle = """
        profile: oracle
        prefix: identity.example.com
        settings: {region: ""}
        parameters: {enabled: {annotation: oci-workload-identity, type: flag}}
        use: {when: [enabled]}
        environment: [{values: {OCI_RESOURCE_PRINCIPAL_VERSION: "2.2", OCI_RESOURCE_PRINCIPAL_REGION: "${region}"}}]
        tests:
          - settings: {region: eu-frankfurt-1}
            serviceAccount: {annotations: {oci-workload-identity: "True"}}
            expected: {volumes: {}, environment: {OCI_RESOURCE_PRINCIPAL_VERSION: "2.2", OCI_RESOURCE_PRINCIPAL_REGION: eu-frankfurt-1}}
          - {serviceAccount: {annotations: {oci-workload-identity: "false"}}, expected: {outcome: none}}
        """

    static let ibm = """
        profile: ibm
        prefix: identity.example.com
        parameters: {profileName: {annotation: ibm-trusted-profile}, service: {annotation: ibm-service}}
        use: {when: [profileName]}
        volumes: [{name: sa-token, mount: /var/run/secrets/tokens, sources: [{token: {path: sa-token, audience: iam, expiration: 3600}}]}]
        environment: [{values: {"${service}_AUTH_TYPE": container, "${service}_IAM_PROFILE_NAME": "${profileName}"}}]
        tests:
          - name: a service
            serviceAccount: {annotations: {ibm-trusted-profile: p, ibm-service: COS}}
            expected: {environment: {COS_AUTH_TYPE: container, COS_IAM_PROFILE_NAME: p}, mounts: {sa-token: /var/run/secrets/tokens}}
          - name: only the path
            serviceAccount: {annotations: {ibm-trusted-profile: p}}
            expected: {environment: {}, mounts: {sa-token: /var/run/secrets/tokens}}
          - name: a service that is not a valid name
            serviceAccount: {annotations: {ibm-trusted-profile: p, ibm-service: "A=B;"}}
            expected: {outcome: denied, message: is not the name of a variable}
        """

    static let huawei = """
        profile: huawei
        prefix: identity.example.com
        settings: {idp: "", clientID: "", region: ""}
        parameters: {project: {annotation: huawei-project-id}, domain: {annotation: huawei-domain-id}}
        use: {anyOf: [{when: [project]}, {when: [domain]}]}
        volumes: [{name: huawei-token, mount: /var/run/secrets/tokens.huaweicloud.com, sources: [{token: {path: token, audience: "${clientID}", expiration: 7200}}]}]
        environment:
          - values:
              HUAWEICLOUD_SDK_IDP_ID: "${idp}"
              HUAWEICLOUD_SDK_ID_TOKEN_FILE: "${path:huawei-token/token}"
              HUAWEICLOUD_SDK_PROJECT_ID: "${project}"
              HUAWEICLOUD_SDK_DOMAIN_ID: "${domain}"
              HUAWEICLOUD_SDK_REGION: "${region}"
        tests:
          - settings: {idp: i, clientID: c}
            serviceAccount: {annotations: {huawei-domain-id: d}}
            expected:
              environment: {HUAWEICLOUD_SDK_IDP_ID: i, HUAWEICLOUD_SDK_ID_TOKEN_FILE: /var/run/secrets/tokens.huaweicloud.com/token, HUAWEICLOUD_SDK_DOMAIN_ID: d}
          - name: without an audience there is neither a token nor its path
            settings: {idp: i}
            serviceAccount: {annotations: {huawei-project-id: p}}
            expected: {environment: {HUAWEICLOUD_SDK_IDP_ID: i, HUAWEICLOUD_SDK_PROJECT_ID: p}, volumes: {}}
          - {expected: {outcome: none}}
        """

    static let stackit = """
        profile: stackit
        prefix: workload-identity.stackit.cloud
        parameters:
          email: {annotation: service-account-email, shape: "{**}@{**}"}
          audience: {annotation: audience, default: sts.accounts.stackit.cloud}
          expiration: {annotation: service-account-token-expiration-seconds, type: seconds, default: 600, min: 600, onRange: deny}
          idpSeconds: {annotation: idp-token-expiration-seconds, type: seconds}
          endpoint: {annotation: idp-token-endpoint, shape: "https://{**}"}
          file: {annotation: federated-token-file}
        use: {when: [email], skipLabel: skip-pod-identity-webhook}
        volumes:
          - name: stackit-workload-identity
            mount: /var/run/secrets/stackit.cloud/serviceaccount
            mountFile: "${file}"
            sources: [{token: {path: token, audience: "${audience}", expiration: "${expiration}"}}]
        environment:
          - values:
              STACKIT_SERVICE_ACCOUNT_EMAIL: "${email}"
              STACKIT_FEDERATED_TOKEN_FILE: "${file}"
              STACKIT_IDP_TOKEN_ENDPOINT: "${endpoint}"
              STACKIT_IDP_TOKEN_EXPIRATION_SECONDS: "${idpSeconds}"
        tests:
          - name: the standard path
            serviceAccount: {annotations: {service-account-email: a@b}}
            expected:
              environment: {STACKIT_SERVICE_ACCOUNT_EMAIL: a@b}
              mounts: {stackit-workload-identity: /var/run/secrets/stackit.cloud/serviceaccount}
          - name: a different path
            serviceAccount: {annotations: {service-account-email: a@b, federated-token-file: /var/run/mine/jwt, idp-token-expiration-seconds: "60"}}
            expected:
              environment: {STACKIT_SERVICE_ACCOUNT_EMAIL: a@b, STACKIT_FEDERATED_TOKEN_FILE: /var/run/mine/jwt, STACKIT_IDP_TOKEN_EXPIRATION_SECONDS: "60"}
              volumes:
                stackit-workload-identity:
                  mount: /var/run/mine
                  sources: [{token: {path: jwt, audience: sts.accounts.stackit.cloud, expiration: 600}}]
          - name: a path over Kubernetes' own
            serviceAccount: {annotations: {service-account-email: a@b, federated-token-file: /run/secrets/kubernetes.io/serviceaccount/token}}
            expected: {outcome: denied, message: must leave /var/run/secrets/kubernetes.io alone}
          - {name: no address, serviceAccount: {annotations: {service-account-email: a}}, expected: {outcome: denied, message: "must have the form {**}@{**}"}}
          - {name: too short, serviceAccount: {annotations: {service-account-email: a@b, service-account-token-expiration-seconds: "10"}}, expected: {outcome: denied}}
        """

    static let thalassa = """
        profile: thalassa
        prefix: thalassa.cloud
        parameters: {org: {annotation: wif.organisation-id}, sa: {annotation: wif.service-account-id}, project: {annotation: wif.project-id}}
        use: {when: [org, sa], podLabel: {wif.use: "true"}}
        volumes: [{name: thalassa-wif, mount: /var/run/secrets/thalassa, sources: [{token: {path: token, audience: "https://api.thalassa.cloud", expiration: 3600}}]}]
        environment:
          - values: {THALASSA_ORGANISATION_ID: "${org}", THALASSA_SERVICE_ACCOUNT_ID: "${sa}", THALASSA_PROJECT_ID: "${project}", THALASSA_SUBJECT_TOKEN_FILE: "${path:thalassa-wif/token}"}
        tests:
          - serviceAccount: {annotations: {wif.organisation-id: o, wif.service-account-id: s}}
            pod: {labels: {wif.use: "true"}}
            expected: {environment: {THALASSA_ORGANISATION_ID: o, THALASSA_SERVICE_ACCOUNT_ID: s, THALASSA_SUBJECT_TOKEN_FILE: /var/run/secrets/thalassa/token}}
          - {serviceAccount: {annotations: {wif.organisation-id: o}}, pod: {labels: {wif.use: "true"}}, expected: {outcome: none}}
        """
}
