/** Not a fatal code, so graphql-ws connects again. */
const TRY_AGAIN_LATER = 4900;

/** API Gateway's own frame, when a function crashed, took too long or was throttled: it is no message of any protocol. */
const isGatewayError = (data) => typeof data === 'string' && data.startsWith('{"message":') && 'connectionId' in JSON.parse(data);

/**
 * A WebSocket for graphql-ws, and so for Apollo Client and urql, that connects again when API Gateway says that it could not handle
 * a message: graphql-ws would take it for a violation of the protocol, close with 4400 and give up.
 */
export const behindGateway = (Base) =>
  class extends Base {
    get onmessage() {
      return super.onmessage;
    }

    set onmessage(listen) {
      super.onmessage = (event) => (isGatewayError(event.data) ? this.close(TRY_AGAIN_LATER, 'Internal server error') : listen(event));
    }
  };
