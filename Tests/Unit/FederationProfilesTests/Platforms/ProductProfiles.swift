/// Profiles for products other than clouds.
enum ProductProfiles {
    static let all = [vault, hcp, snowflake, databricks, anthropic, openai, yandex]

    static let vault = """
        profile: vault
        prefix: identity.example.com
        settings: {address: "", audience: vault, mountPath: kubernetes, caConfigMap: ""}
        parameters: {role: {annotation: vault-role}, ns: {annotation: vault-namespace}}
        use: {when: [role]}
        volumes:
          - name: vault-identity
            mount: /var/run/secrets/vault.hashicorp.com
            sources:
              - token: {path: token, audience: "${audience}", expiration: 3600}
              - file:
                  path: agent.json
                  json: {auto_auth: {method: {type: jwt, mount_path: "auth/${mountPath}", namespace: "${ns}", config: {path: "${path:vault-identity/token}", role: "${role}", remove_jwt_after_reading: false}}}}
              - configMap: {name: "${caConfigMap}", items: {ca.crt: ca.crt}, optional: true}
        environment: [{values: {VAULT_ADDR: "${address}", VAULT_NAMESPACE: "${ns}", VAULT_CACERT: "${path:vault-identity/ca.crt}"}}]
        tests:
          - name: without a private CA
            settings: {address: "https://vault"}
            serviceAccount: {annotations: {vault-role: app}}
            expected:
              environment: {VAULT_ADDR: https://vault}
              files: {agent.json: {auto_auth: {method: {type: jwt, mount_path: auth/kubernetes, config: {path: /var/run/secrets/vault.hashicorp.com/token, role: app, remove_jwt_after_reading: false}}}}}
          - name: with a private CA
            settings: {caConfigMap: vault-ca}
            serviceAccount: {annotations: {vault-role: app, vault-namespace: team}}
            expected:
              environment: {VAULT_NAMESPACE: team, VAULT_CACERT: /var/run/secrets/vault.hashicorp.com/ca.crt}
              volumes:
                vault-identity:
                  mount: /var/run/secrets/vault.hashicorp.com
                  sources:
                    - token: {path: token, audience: vault, expiration: 3600}
                    - file: {path: agent.json, annotation: identity.example.com/vault.agent.json}
                    - configMap: {name: vault-ca, items: {ca.crt: ca.crt}, optional: true}
        """

    static let hcp = """
        profile: hcp
        prefix: identity.example.com
        parameters:
          provider: {annotation: hcp-workload-identity-provider, shape: "iam/project/{*}/service-principal/{*}/workload-identity-provider/{*}"}
          project: {annotation: hcp-project-id}
        use: {when: [provider]}
        volumes:
          - name: hcp-identity
            mount: /var/run/secrets/hcp
            sources:
              - token: {path: token, audience: "${provider}", expiration: 3600}
              - file: {path: cred_file.json, json: {project_id: "${project}", scheme: workload, workload: {provider_resource_name: "${provider}", file: {path: "${path:hcp-identity/token}"}}}}
        environment: [{name: HCP_CRED_FILE, value: "${path:hcp-identity/cred_file.json}"}]
        tests:
          - serviceAccount: {annotations: {hcp-workload-identity-provider: iam/project/a/service-principal/b/workload-identity-provider/c}}
            expected:
              environment: {HCP_CRED_FILE: /var/run/secrets/hcp/cred_file.json}
              files: {cred_file.json: {scheme: workload, workload: {provider_resource_name: iam/project/a/service-principal/b/workload-identity-provider/c, file: {path: /var/run/secrets/hcp/token}}}}
          - serviceAccount: {annotations: {hcp-workload-identity-provider: iam/project/a/x/service-principal/b/workload-identity-provider/c}}
            expected: {outcome: denied}
        """

    static let snowflake = """
        profile: snowflake
        prefix: identity.example.com
        parameters: {account: {annotation: snowflake-account}, user: {annotation: snowflake-user}}
        use: {when: [account]}
        volumes:
          - name: snowflake-identity
            mount: /var/run/secrets/snowflake
            mode: "0440"
            sources:
              - token: {path: token, audience: snowflakecomputing.com, expiration: 3600}
              - file: {path: connections.toml, toml: {default: {account: "${account}", user: "${user}", authenticator: WORKLOAD_IDENTITY, workload_identity_provider: OIDC, token_file_path: "${path:snowflake-identity/token}"}}}
        environment:
          - values: {SNOWFLAKE_HOME: "${dir:snowflake-identity}", SNOWFLAKE_ACCOUNT: "${account}", SNOWFLAKE_USER: "${user}", SNOWFLAKE_AUTHENTICATOR: WORKLOAD_IDENTITY, SNOWFLAKE_TOKEN_FILE_PATH: "${path:snowflake-identity/token}"}
        tests:
          - name: a value cannot break out of its string
            serviceAccount: {annotations: {snowflake-account: 'a"\\b', snowflake-user: app}}
            expected:
              files:
                connections.toml: |
                  [default]
                  account = "a\\"\\\\b"
                  user = "app"
                  authenticator = "WORKLOAD_IDENTITY"
                  workload_identity_provider = "OIDC"
                  token_file_path = "/var/run/secrets/snowflake/token"
              environment: {SNOWFLAKE_HOME: /var/run/secrets/snowflake, SNOWFLAKE_ACCOUNT: 'a"\\b', SNOWFLAKE_USER: app, SNOWFLAKE_AUTHENTICATOR: WORKLOAD_IDENTITY, SNOWFLAKE_TOKEN_FILE_PATH: /var/run/secrets/snowflake/token}
        """

    static let databricks = """
        profile: databricks
        prefix: identity.example.com
        parameters: {host: {annotation: databricks-host, shape: "https://{**}"}, client: {annotation: databricks-client-id}, audience: {annotation: databricks-audience}}
        use: {when: [host, client, audience]}
        volumes: [{name: databricks-token, mount: /var/run/secrets/databricks.com, sources: [{token: {path: token, audience: "${audience}", expiration: 3600}}]}]
        environment: [{values: {DATABRICKS_HOST: "${host}", DATABRICKS_CLIENT_ID: "${client}", DATABRICKS_AUTH_TYPE: file-oidc, DATABRICKS_OIDC_TOKEN_FILEPATH: "${path:databricks-token/token}"}}]
        identity: "${client}"
        tests:
          - serviceAccount: {annotations: {databricks-host: "https://d", databricks-client-id: c, databricks-audience: a}}
            expected: {identity: c, environment: {DATABRICKS_HOST: https://d, DATABRICKS_CLIENT_ID: c, DATABRICKS_AUTH_TYPE: file-oidc, DATABRICKS_OIDC_TOKEN_FILEPATH: /var/run/secrets/databricks.com/token}}
        """

    static let anthropic = """
        profile: anthropic
        prefix: identity.example.com
        settings: {organization: ""}
        parameters: {rule: {annotation: anthropic-federation-rule, shape: "fdrl_{*}"}, sa: {annotation: anthropic-service-account}, workspace: {annotation: anthropic-workspace}}
        use: {when: [rule]}
        volumes: [{name: anthropic-token, mount: /var/run/secrets/anthropic.com, sources: [{token: {path: token, audience: "https://api.anthropic.com", expiration: 3600}}]}]
        environment: [{values: {ANTHROPIC_FEDERATION_RULE_ID: "${rule}", ANTHROPIC_ORGANIZATION_ID: "${organization}", ANTHROPIC_SERVICE_ACCOUNT_ID: "${sa}", ANTHROPIC_WORKSPACE_ID: "${workspace}", ANTHROPIC_IDENTITY_TOKEN_FILE: "${path:anthropic-token/token}"}}]
        overriding: [ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN, ANTHROPIC_PROFILE]
        tests:
          - settings: {organization: org}
            serviceAccount: {annotations: {anthropic-federation-rule: fdrl_1}}
            expected: {environment: {ANTHROPIC_FEDERATION_RULE_ID: fdrl_1, ANTHROPIC_ORGANIZATION_ID: org, ANTHROPIC_IDENTITY_TOKEN_FILE: /var/run/secrets/anthropic.com/token}}
        """

    static let openai = """
        profile: openai
        prefix: identity.example.com
        parameters: {rule: {annotation: openai-federation-rule}, audience: {annotation: openai-audience, default: "https://api.openai.com/v1"}}
        use: {when: [rule]}
        volumes: [{name: openai-token, mount: /var/run/secrets/openai.com, sources: [{token: {path: token, audience: "${audience}", expiration: 3600}}]}]
        environment: [{values: {OPENAI_FEDERATION_RULE_ID: "${rule}", OPENAI_IDENTITY_TOKEN_FILE: "${path:openai-token/token}"}}]
        overriding: [OPENAI_API_KEY]
        tests:
          - serviceAccount: {annotations: {openai-federation-rule: r}}
            expected: {environment: {OPENAI_FEDERATION_RULE_ID: r, OPENAI_IDENTITY_TOKEN_FILE: /var/run/secrets/openai.com/token}}
        """

    static let yandex = """
        profile: yandex
        prefix: identity.example.com
        parameters: {sa: {annotation: yandex-service-account-id}, audience: {annotation: yandex-audience}}
        use: {when: [sa, audience]}
        volumes: [{name: yandex-token, mount: /var/run/secrets/yandex.cloud, sources: [{token: {path: token, audience: "${audience}", expiration: 3600}}]}]
        tests:
          - serviceAccount: {annotations: {yandex-service-account-id: s, yandex-audience: a}}
            expected: {identity: s, environment: {}, volumes: {yandex-token: {mount: /var/run/secrets/yandex.cloud, sources: [{token: {path: token, audience: a, expiration: 3600}}]}}}
        """
}
