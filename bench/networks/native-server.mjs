// Runs in a container's name space, as a program of Linux, so that what is measured is the way to it: node native-server.mjs PORT
// Over TCP: "E" and bytes are echoed; "S" is followed by bytes without end. Over UDP: echoes.
import dgram from "node:dgram";
import net from "node:net";

const port = Number(process.argv[2]);
const piece = Buffer.alloc(256 * 1024);

net
  .createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (first) => {
      if (first[0] === 0x53) return send(socket);
      if (first.length > 1) socket.write(first.subarray(1));
      socket.pipe(socket);
    });
  })
  .listen(port, "0.0.0.0", () => {
    const echo = dgram.createSocket("udp4");
    echo.on("message", (message, { address, port: from }) => echo.send(message, from, address));
    echo.bind(port, "0.0.0.0", () => console.log("ready"));
  });

function send(socket) {
  while (!socket.destroyed) if (!socket.write(piece)) return socket.once("drain", () => send(socket));
}
