export type {
  DoctorReport,
  ExporterReport,
  Finding,
  FrameworkReport,
  Observation,
} from './doctor/report.ts';
