/// Profiles for the largest clouds. Each has its own tests, which run when it is parsed.
enum LargeCloudProfiles {
    static let all = [aws, google, fleet, azure]

    static let aws = """
        profile: aws
        prefix: eks.amazonaws.com
        onInvalid: default
        settings: {region: "", regionalSTS: "false"}
        parameters:
          role: {annotation: role-arn}
          audience: {annotation: audience, default: sts.amazonaws.com}
          expiration: {annotation: token-expiration, in: [pod, serviceAccount], type: seconds, default: 86400, min: 600}
          sts: {annotation: sts-regional-endpoints, setting: regionalSTS, type: flag, map: {"true": regional}}
          session: {annotation: session-name, in: [pod, serviceAccount]}
        use: {when: [role], skipLabel: skip-pod-identity-webhook}
        containers: {skip: skip-containers, acknowledge: acknowledge-warnings, separator: csv, in: [pod, serviceAccount]}
        volumes:
          - name: aws-iam-token
            mount: /var/run/secrets/eks.amazonaws.com/serviceaccount
            sources: [{token: {path: token, audience: "${audience}", expiration: "${expiration}"}}]
        environment:
          - policy: together
            values: {AWS_ROLE_ARN: "${role}", AWS_WEB_IDENTITY_TOKEN_FILE: "${path:aws-iam-token/token}"}
          - {policy: together, values: {AWS_DEFAULT_REGION: "${region}", AWS_REGION: "${region}"}}
          - {name: AWS_STS_REGIONAL_ENDPOINTS, value: "${sts}"}
          - {name: AWS_ROLE_SESSION_NAME, value: "${session}", unless: {session: pod-name}}
          - {name: AWS_ROLE_SESSION_NAME, fieldRef: metadata.name, when: {session: pod-name}}
        overriding: [AWS_ACCESS_KEY_ID, AWS_PROFILE]
        identity: "${role}"
        tests:
          - name: a role with the settings of an installation
            settings: {region: eu-west-1, regionalSTS: "true"}
            serviceAccount: {annotations: {role-arn: "arn:aws:iam::111122223333:role/app"}}
            pod: {annotations: {token-expiration: "60", session-name: pod-name, skip-containers: '"proxy", agent'}, containers: [proxy, app]}
            expected:
              identity: arn:aws:iam::111122223333:role/app
              containers: [app]
              warnings: [60 seconds is below the minimum]
              environment:
                AWS_ROLE_ARN: arn:aws:iam::111122223333:role/app
                AWS_WEB_IDENTITY_TOKEN_FILE: /var/run/secrets/eks.amazonaws.com/serviceaccount/token
                AWS_DEFAULT_REGION: eu-west-1
                AWS_REGION: eu-west-1
                AWS_STS_REGIONAL_ENDPOINTS: regional
                AWS_ROLE_SESSION_NAME: {fieldRef: metadata.name}
              volumes:
                aws-iam-token:
                  mount: /var/run/secrets/eks.amazonaws.com/serviceaccount
                  sources: [{token: {path: token, audience: sts.amazonaws.com, expiration: 600}}]
          - name: what is not valid is ignored
            serviceAccount: {annotations: {role-arn: r, token-expiration: 1h, sts-regional-endpoints: perhaps}}
            pod: {windows: true}
            expected:
              warnings: [is not a whole number, must be true or false]
              environment:
                AWS_ROLE_ARN: r
                AWS_WEB_IDENTITY_TOKEN_FILE: 'C:\\var\\run\\secrets\\eks.amazonaws.com\\serviceaccount\\token'
          - {name: no role, expected: {outcome: none, warnings: []}}
          - name: the label to skip
            serviceAccount: {annotations: {role-arn: r}}
            pod: {labels: {skip-pod-identity-webhook: ""}}
            expected: {outcome: none}
        """

    static let google = """
        profile: google
        prefix: cloud.google.com
        settings: {region: "", universe: googleapis.com}
        parameters:
          provider: {annotation: workload-identity-provider, shape: "projects/{**}/locations/{**}/workloadIdentityPools/{**}/providers/{**}"}
          exchange: {annotation: token-exchange-mode, choices: [service-account, direct-access], ignoreCase: true, default: service-account}
          email: {annotation: service-account-email, unless: {exchange: direct-access}}
          audience: {annotation: audience, default: sts.googleapis.com}
          expiration: {annotation: token-expiration, in: [pod, serviceAccount], type: seconds, default: 86400, min: 3600}
          project: {annotation: project-id, else: {from: email, shape: "{*}@{project*}.iam.gserviceaccount.com"}}
        use:
          anyOf: [{when: provider}, {when: email}]
          requires: [provider, {params: [email], unless: {exchange: direct-access}}]
        containers: {skip: skip-containers}
        volumes:
          - name: gcp-iam-token
            mount: /var/run/secrets/sts.googleapis.com/serviceaccount
            mode: "0440"
            replace: true
            sources: [{token: {path: token, audience: "${audience}", expiration: "${expiration}"}}]
          - name: external-credential-config
            mount: /var/run/secrets/workload-identity
            mode: "0440"
            replace: true
            sources:
              - file:
                  path: federation.json
                  annotation: external-credentials-json
                  json:
                    type: external_account
                    audience: "//iam.${universe}/${provider}"
                    subject_token_type: urn:ietf:params:oauth:token-type:jwt
                    token_url: "https://sts.${universe}/v1/token"
                    service_account_impersonation_url: "https://iamcredentials.${universe}/v1/projects/-/serviceAccounts/${email}:generateAccessToken"
                    credential_source: {file: "${path:gcp-iam-token/token}", format: {type: text}}
          - {name: gcloud-config, mount: /var/run/secrets/gcloud/config, empty: true, writable: true}
        environment:
          - policy: replace
            values:
              GOOGLE_APPLICATION_CREDENTIALS: "${path:external-credential-config/federation.json}"
              CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: "${path:external-credential-config/federation.json}"
              CLOUDSDK_CONFIG: "${dir:gcloud-config}"
          - values: {CLOUDSDK_COMPUTE_REGION: "${region}", CLOUDSDK_CORE_PROJECT: "${project}", GOOGLE_CLOUD_PROJECT: "${project}"}
        metadata:
          policy: replace
          annotations: {workload-identity-provider: "${provider}", service-account-email: "${email}", audience: "${audience}", token-expiration: "${expiration}"}
        identity: ["${email}", "${provider}"]
        tests:
          - name: a service account
            settings: {region: europe-west1}
            serviceAccount:
              annotations: &account
                workload-identity-provider: projects/12/locations/global/workloadIdentityPools/p/providers/k
                service-account-email: app@team-1.iam.gserviceaccount.com
            expected: &given
              identity: app@team-1.iam.gserviceaccount.com
              replaced: [GOOGLE_APPLICATION_CREDENTIALS, CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE, CLOUDSDK_CONFIG]
              environment:
                GOOGLE_APPLICATION_CREDENTIALS: /var/run/secrets/workload-identity/federation.json
                CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: /var/run/secrets/workload-identity/federation.json
                CLOUDSDK_CONFIG: /var/run/secrets/gcloud/config
                CLOUDSDK_COMPUTE_REGION: europe-west1
                CLOUDSDK_CORE_PROJECT: team-1
                GOOGLE_CLOUD_PROJECT: team-1
              volumes:
                gcp-iam-token:
                  mount: /var/run/secrets/sts.googleapis.com/serviceaccount
                  mode: "0440"
                  replace: true
                  sources: [{token: {path: token, audience: sts.googleapis.com, expiration: 86400}}]
                external-credential-config:
                  mount: /var/run/secrets/workload-identity
                  mode: "0440"
                  replace: true
                  sources: [{file: {path: federation.json, annotation: cloud.google.com/external-credentials-json}}]
                gcloud-config: {mount: /var/run/secrets/gcloud/config, writable: true}
              annotations:
                workload-identity-provider: projects/12/locations/global/workloadIdentityPools/p/providers/k
                service-account-email: app@team-1.iam.gserviceaccount.com
                audience: sts.googleapis.com
                token-expiration: "86400"
          - name: access without a service account
            serviceAccount:
              annotations: {<<: *account, token-exchange-mode: Direct-Access, project-id: other}
            expected:
              identity: projects/12/locations/global/workloadIdentityPools/p/providers/k
              files:
                federation.json:
                  type: external_account
                  audience: //iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/p/providers/k
                  subject_token_type: urn:ietf:params:oauth:token-type:jwt
                  token_url: https://sts.googleapis.com/v1/token
                  credential_source: {file: /var/run/secrets/sts.googleapis.com/serviceaccount/token, format: {type: text}}
          - name: half of an identity
            serviceAccount: {annotations: {service-account-email: a@b}}
            expected: {outcome: denied, message: cloud.google.com/workload-identity-provider}
          - name: no provider
            serviceAccount: {annotations: {workload-identity-provider: "//iam.googleapis.com/projects/1", service-account-email: a@b}}
            expected: {outcome: denied, message: must have the form projects/}
        """

    static let fleet = """
        profile: gke-fleet
        prefix: identity.example.com
        settings: {pool: "", fleetProvider: ""}
        parameters: {email: {annotation: gcp-service-account}}
        use: {when: email}
        volumes:
          - name: gcp-ksa
            mount: /var/run/secrets/tokens/gcp-ksa
            sources:
              - token: {path: token, audience: "${pool}", expiration: 172800}
              - file:
                  path: google-application-credentials.json
                  json:
                    type: external_account
                    audience: "identitynamespace:${pool}:${fleetProvider}"
                    credential_source: {file: "${path:gcp-ksa/token}"}
        environment: [{name: GOOGLE_APPLICATION_CREDENTIALS, value: "${path:gcp-ksa/google-application-credentials.json}"}]
        tests:
          - name: a member of a fleet
            settings: {pool: p.svc.id.goog, fleetProvider: "https://gkehub/x"}
            serviceAccount: {annotations: {gcp-service-account: a@b}}
            expected:
              environment: {GOOGLE_APPLICATION_CREDENTIALS: /var/run/secrets/tokens/gcp-ksa/google-application-credentials.json}
              files:
                google-application-credentials.json:
                  type: external_account
                  audience: identitynamespace:p.svc.id.goog:https://gkehub/x
                  credential_source: {file: /var/run/secrets/tokens/gcp-ksa/token}
        """

    static let azure = """
        profile: azure
        prefix: azure.workload.identity
        onMissingServiceAccount: deny
        settings: {tenant: "", cloud: AzurePublicCloud, audience: "", tokenProxy: "", sni: "", caData: "", caConfigMap: "", caSigner: "", proxyAudience: "", proxySuffix: ""}
        parameters:
          client: {annotation: client-id}
          tenant: {annotation: tenant-id, else: {setting: tenant}}
          expiration: {annotation: service-account-token-expiration, in: [pod, serviceAccount], type: seconds, default: 3600, min: 3600, max: 86400, onRange: deny}
          proxied: {annotation: "use-${proxySuffix}", in: [pod], type: flag}
          audience: {setting: audience, else: {setting: cloud, map: {AzurePublicCloud: "api://AzureADTokenExchange", AzureUSGovernmentCloud: "api://AzureADTokenExchangeUSGov", AzureChinaCloud: "api://AzureADTokenExchangeChina"}}}
          authority: {setting: cloud, map: {AzurePublicCloud: "https://login.microsoftonline.com/", AzureUSGovernmentCloud: "https://login.microsoftonline.us/", AzureChinaCloud: "https://login.chinacloudapi.cn/"}}
        use: {podLabel: {use: "true"}}
        containers: {skip: skip-containers, separator: ";"}
        volumes:
          - name: azure-workload-identity-reserved-
            nameSuffix: podHash
            mount: /var/run/secrets/azure/wi
            replace: true
            sources:
              - {token: {path: token/azure-identity-token, audience: "${audience}", expiration: "${expiration}"}, unless: [proxied]}
              - {token: {path: token/azure-identity-token, audience: "${proxyAudience}", expiration: "${expiration}"}, when: [proxied]}
              - {configMap: {name: "${caConfigMap}", items: {ca.crt: ca-cert/ca.crt}}, when: [proxied]}
              - {clusterTrustBundle: {signerName: "${caSigner}", path: ca-cert/ca.crt}, when: [proxied]}
        environment:
          - values:
              AZURE_CLIENT_ID: "${client}"
              AZURE_TENANT_ID: "${tenant}"
              AZURE_FEDERATED_TOKEN_FILE: "${path:azure-workload-identity-reserved-/token/azure-identity-token}"
              AZURE_AUTHORITY_HOST: "${authority}"
          - when: [proxied]
            values:
              AZURE_KUBERNETES_TOKEN_PROXY: "${tokenProxy}"
              AZURE_KUBERNETES_SNI_NAME: "${sni}"
              AZURE_KUBERNETES_CA_FILE: "${path:azure-workload-identity-reserved-/ca-cert/ca.crt}"
              AZURE_KUBERNETES_CA_DATA: "${caData}"
        overriding: [AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH]
        identity: "${client}"
        tests:
          - name: a pod with the label
            settings: {tenant: t}
            serviceAccount: {annotations: {client-id: c}}
            pod: {generateName: pod-0-, labels: {use: "true"}, annotations: {service-account-token-expiration: "", skip-containers: "a; b"}, containers: [a, b, c]}
            expected:
              containers: [c]
              environment:
                AZURE_CLIENT_ID: c
                AZURE_TENANT_ID: t
                AZURE_FEDERATED_TOKEN_FILE: /var/run/secrets/azure/wi/token/azure-identity-token
                AZURE_AUTHORITY_HOST: https://login.microsoftonline.com/
              mounts: {azure-workload-identity-reserved-7de1b348f75c60a1ad7bb03d534dd3: /var/run/secrets/azure/wi}
          - name: the cluster's own endpoint
            settings: {cloud: AzureChinaCloud, proxySuffix: aks, proxyAudience: api://aks, caConfigMap: ca, tokenProxy: "https://proxy"}
            pod: {name: x, labels: {use: "true"}, annotations: {use-aks: "True"}}
            expected:
              identity: azure
              environment:
                AZURE_FEDERATED_TOKEN_FILE: /var/run/secrets/azure/wi/token/azure-identity-token
                AZURE_AUTHORITY_HOST: https://login.chinacloudapi.cn/
                AZURE_KUBERNETES_TOKEN_PROXY: https://proxy
                AZURE_KUBERNETES_CA_FILE: /var/run/secrets/azure/wi/ca-cert/ca.crt
          - name: a lifetime out of range
            serviceAccount: {annotations: {service-account-token-expiration: "3599"}}
            pod: {labels: {use: "true"}}
            expected: {outcome: denied, message: 3599 seconds is not 3600 to 86400}
          - {name: no label, serviceAccount: {annotations: {client-id: c}}, pod: {labels: {use: "false"}}, expected: {outcome: none}}
          - {name: no ServiceAccount, serviceAccount: missing, pod: {labels: {use: "true"}}, expected: {outcome: denied, message: does not exist}}
        """
}
