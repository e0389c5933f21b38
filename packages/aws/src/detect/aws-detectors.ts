import type { ResourceDetector } from '@telltale/core';
import { checkDetectorOptions, type DetectorOptions, detectorOf } from '@telltale/detector-kit';
import { BEANSTALK } from './beanstalk-source.ts';
import { EC2 } from './ec2-source.ts';
import { ECS } from './ecs-source.ts';
import { EKS } from './eks-source.ts';
import { LAMBDA } from './lambda-source.ts';

/**
 * Finds out where on AWS the service runs: EC2, EKS, Elastic Beanstalk, ECS and Fargate, Lambda. For `createTelemetry({ resourceDetectors })`, or
 * OpenTelemetry's SDK. Needs no permissions, finds nothing off AWS, never rejects; each source has 0.8 s. Throws `ERR_OPTION` for wrong options.
 */
export function awsDetectors(options: DetectorOptions = {}): readonly ResourceDetector[] {
  checkDetectorOptions('awsDetectors', options);
  // Of two that say the same, the later one counts: what runs on a machine of EC2 is more than that.
  return [
    detectorOf(EC2, options),
    detectorOf(EKS, options),
    detectorOf(BEANSTALK, options),
    detectorOf(ECS, options),
    detectorOf(LAMBDA, options),
  ];
}
