/** Whether the environment says that this is a function of Lambda. */
export function isLambda({ AWS_EXECUTION_ENV, AWS_LAMBDA_FUNCTION_NAME }: NodeJS.ProcessEnv): boolean {
  return AWS_LAMBDA_FUNCTION_NAME !== undefined || AWS_EXECUTION_ENV?.startsWith('AWS_Lambda_') === true;
}

/** Whether the environment says that this is a container of ECS, on Fargate or on machines of one's own. */
export function isEcs(environment: NodeJS.ProcessEnv): boolean {
  return ecsMetadataUri(environment) !== undefined || environment.AWS_EXECUTION_ENV?.startsWith('AWS_ECS_') === true;
}

/** Version 4, or 3 of agents that are older: it is at another address, and says less. */
export function ecsMetadataUri({
  ECS_CONTAINER_METADATA_URI_V4,
  ECS_CONTAINER_METADATA_URI,
}: NodeJS.ProcessEnv): string | undefined {
  return ECS_CONTAINER_METADATA_URI_V4 || ECS_CONTAINER_METADATA_URI || undefined;
}
