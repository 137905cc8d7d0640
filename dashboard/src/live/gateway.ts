/** Not a fatal code, so graphql-ws connects again. */
const TRY_AGAIN_LATER = 4900;

/** API Gateway's own frame, when a function crashed, took too long or was throttled: it is no message of any protocol. */
function isGatewayError(data: unknown): boolean {
  return typeof data === 'string' && data.startsWith('{"message":') && 'connectionId' in (JSON.parse(data) as object);
}

/** A WebSocket that closes when API Gateway says that it could not handle a message: graphql-ws would give up for good. */
export class GatewayWebSocket extends WebSocket {
  override get onmessage() {
    return super.onmessage;
  }

  override set onmessage(listen: ((this: WebSocket, event: MessageEvent) => unknown) | null) {
    super.onmessage = (event) => {
      if (isGatewayError(event.data)) this.close(TRY_AGAIN_LATER, 'Internal server error');
      else listen?.call(this, event);
    };
  }
}
