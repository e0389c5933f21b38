#!/bin/sh
# AWS_LAMBDA_EXEC_WRAPPER=/opt/telltale: Lambda's runtime is started with our handler, which calls the function's own.
opt=$(cd "$(dirname "$0")" && pwd)
export TELLTALE_LAMBDA_HANDLER="$_HANDLER"
export _HANDLER="$opt/nodejs/telltale/index.handler"
exec "$@"
