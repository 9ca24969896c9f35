// tardis-machine's /ws-stream-normalized around npm tardis-dev, which does all of its work: options to
// normalisers and computables, messages to JSON (src/ws/streamnormalized.ts, src/helpers.ts there).
// Needs `npm install tardis-dev@13.35.3 ws` in the folder named by NODE_PATH; port as argument.
const { createServer } = require('http')
const { WebSocketServer } = require('ws')
const tardis = require('tardis-dev')

const NORMALISERS = {
  trade: tardis.normalizeTrades,
  book_ticker: tardis.normalizeBookTickers,
  derivative_ticker: tardis.normalizeDerivativeTickers,
  liquidation: tardis.normalizeLiquidations,
  book_snapshot: tardis.normalizeBookChanges
}

function parts(types) {
  const normalisers = types.map((type) => NORMALISERS[type.startsWith('book_snapshot') ? 'book_snapshot' : type])
  const computables = types
    .map((type) => [type, /^book_snapshot_(\d+)_(\d+)ms$/.exec(type)])
    .filter(([, found]) => found)
    .map(([name, found]) => tardis.computeBookSnapshots({ name, depth: Number(found[1]), interval: Number(found[2]) }))
  return [normalisers, computables]
}

async function stream(socket, address) {
  const url = new URL(address, 'http://localhost')
  if (url.pathname !== '/ws-stream-normalized') return socket.close(1008, 'unknown route')
  try {
    const option = JSON.parse(url.searchParams.get('options'))
    const [normalisers, computables] = parts(option.dataTypes)
    const onError = (error) => console.error(option.exchange, String(error))
    let messages = tardis.streamNormalized({ ...option, onError }, ...normalisers)
    if (computables.length) messages = tardis.compute(messages, ...computables)
    const kinds = new Set(option.dataTypes.map((type) => (type.startsWith('book_snapshot') ? 'book_snapshot' : type)))
    socket.on('close', () => messages.return && messages.return())
    for await (const message of messages) {
      if (message.type === 'disconnect' || message.type === 'error' || kinds.has(message.type)) {
        socket.send(JSON.stringify(message))
      }
    }
  } catch (error) {
    socket.close(1011, String(error).slice(0, 120))
  }
}

const server = createServer()
new WebSocketServer({ server }).on('connection', (socket, request) => stream(socket, request.url))
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening', server.address().port))
