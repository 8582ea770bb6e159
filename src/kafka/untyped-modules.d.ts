/** Modules that ship no types. */
declare module 'kafkajs-snappy' {
  const snappyCodec: () => {
    compress(encoder: { buffer: Buffer }): Promise<Buffer>;
    decompress(buffer: Buffer): Promise<Buffer>;
  };
  export default snappyCodec;
}

declare module 'kafkajs/src/network/requestQueue' {
  /** Internal to kafkajs; only request-queue-fix.ts loads it. */
  const RequestQueue: { prototype: object; new (options: object): object };
  export default RequestQueue;
}
