# Prints a JSON document as human-readable YAML.

def scalar:
    if type == "string" and test("^[A-Za-z/][^\\n\\t#]*[^: ]$") and (contains(": ") | not)
        and (ascii_downcase | IN("true", "false", "yes", "no", "on", "off", "null", "y", "n") | not)
    then . else tojson end;

def lines:
    if type == "object" and length > 0 then
        to_entries[] | .key as $key | .value
        | if (type == "object" or type == "array") and length > 0 then
            "\($key):", (if type == "object" then lines | "  " + . else lines end)
        else "\($key): \(scalar)" end
    elif type == "array" and length > 0 then
        .[] | [lines] | "- " + .[0], (.[1:][] | "  " + .)
    else scalar end;

lines
