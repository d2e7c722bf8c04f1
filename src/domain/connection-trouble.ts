/**
 * What happened to a connection, in words and with the code that systems and libraries have for it; the code alone where
 * there are no better words. Follows "could not be reached: ".
 */
export function connectionTrouble(code: string): string {
  const words = wordsOf[code];
  return words === undefined ? code : `${words} (${code})`;
}

const wordsOf: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing accepts connections there',
  ECONNRESET: 'the other side cut the connection',
  EPIPE: 'the other side cut the connection',
  UND_ERR_SOCKET: 'the other side closed the connection before it had answered',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time',
  UND_ERR_HEADERS_TIMEOUT: 'it accepted the request and did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'its answer stopped in the middle',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'its answer ended in the middle',
  HPE_INVALID_CONSTANT: 'what answers there does not speak HTTP',
  ENOTFOUND: 'its name is unknown',
  EAI_AGAIN: 'its name cannot be looked up now',
  EHOSTUNREACH: 'there is no way to that machine',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'that machine does not answer',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of an unknown CA',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of an unknown CA',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};
