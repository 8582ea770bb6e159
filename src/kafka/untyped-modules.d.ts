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

declare module 'kafkajs/src/protocol/encoder' {
  /** Internal to kafkajs; only describe-topic.ts loads it, to write a request that kafkajs does not know. */
  class Encoder {
    writeBuffer(value: Buffer): this;
    writeBoolean(value: boolean): this;
    writeUVarInt(value: number): this;
    writeUVarIntString(value: string): this;
  }
  export default Encoder;
}

declare module 'kafkajs/src/protocol/decoder' {
  /** Internal to kafkajs; only describe-topic.ts, header-decode-fix.ts and older-messages.ts load it. */
  class Decoder {
    constructor(buffer: Buffer);
    readBoolean(): boolean;
    readInt16(): number;
    readInt32(): number;
    readBytes(length: number): Buffer;
    readUVarInt(): number;
    readUVarIntString(): string | null;
    readUVarIntArray<T>(read: () => T): T[];
  }
  export default Decoder;
}

declare module 'kafkajs/src/protocol/error' {
  /** Internal to kafkajs: its error for a code of the protocol. */
  export function createErrorFromCode(code: number): Error;
}

declare module 'kafkajs/src/protocol/messageSet/decoder' {
  import type Decoder from 'kafkajs/src/protocol/decoder';

  /** A message of form 0 or 1; those of form 0 have no time. */
  export interface OlderMessage {
    offset: string;
    timestamp?: string;
    key: Buffer | null;
    value: Buffer | null;
  }
  /** Internal to kafkajs; only older-messages.ts loads it. @throws Error when one cannot be unpacked */
  const decode: (decoder: Decoder, size: number) => Promise<OlderMessage[]>;
  export default decode;
}

declare module 'kafkajs/src/protocol/message/compression' {
  /** Internal to kafkajs; only decode-fetch.ts loads it. @returns the codec that these attributes name; null for none */
  export function lookupCodecByAttributes(attributes: number): { decompress(bytes: Buffer): Promise<Buffer> } | null;
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/response' {
  /** Internal to kafkajs; tests hold ours against it. */
  export function decode(payload: Buffer): Promise<{
    responses: {
      partitions: {
        messages: {
          offset: string;
          timestamp: string;
          key: Buffer | null;
          value: Buffer | null;
          headers: Record<string, Buffer | Buffer[]>;
        }[];
      }[];
    }[];
  }>;
}
