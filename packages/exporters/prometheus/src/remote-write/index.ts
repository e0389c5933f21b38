export { type RemoteWriteOptions, remoteWrite } from './remote-write.ts';
