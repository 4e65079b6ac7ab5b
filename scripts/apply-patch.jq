# Applies a JSON patch (RFC 6902) that consists of `add` and `replace` operations, like the webhook's patches.

# Converts a JSON pointer (RFC 6901) to a jq path.
def path_of($document):
    reduce (split("/")[1:][] | gsub("~1"; "/") | gsub("~0"; "~")) as $token (
        {path: [], at: $document};
        (.at | type) as $type
        | (if $type != "array" then $token
           elif $token == "-" then (.at | length)
           else ($token | tonumber) end) as $key
        | .path += [$key]
        | .at |= (if type == "null" then null else .[$key] end)
    ) | .path;

reduce $patch[0][] as $operation (.;
    . as $document |
    ($operation.path | path_of($document)) as $path
    | if $operation.op == "add" and ($path[-1] | type) == "number" then
        setpath($path[:-1]; getpath($path[:-1]) | .[:$path[-1]] + [$operation.value] + .[$path[-1]:])
    elif $operation.op == "add" or $operation.op == "replace" then
        setpath($path; $operation.value)
    else
        error("cannot show a patch with the operation \($operation.op)")
    end)
