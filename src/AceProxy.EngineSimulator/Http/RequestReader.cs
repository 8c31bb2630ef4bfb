using System.Net.Sockets;
using System.Text;

namespace AceProxy.EngineSimulator.Http;

/// <summary>Reads request heads off a socket, one after the other, and skips the bodies that are announced.</summary>
internal sealed class RequestReader(Socket socket)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _filled;

    /// <returns>Head of the next request without its blank line, or null at the end of the connection.</returns>
    public async ValueTask<string?> ReadHeadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var end = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                var head = Encoding.Latin1.GetString(_buffer, 0, end);
                Consume(end + 4);
                return head;
            }
            if (_filled == _buffer.Length || !await FillAsync(cancellation))
                return null;
        }
    }

    public async ValueTask SkipAsync(long bytes, CancellationToken cancellation)
    {
        while (bytes > 0)
        {
            if (_filled == 0 && !await FillAsync(cancellation))
                return;
            var step = (int)Math.Min(bytes, _filled);
            Consume(step);
            bytes -= step;
        }
    }

    /// <summary>Returns when the client has closed its side; what it sends until then is dropped.</summary>
    public async ValueTask WaitForCloseAsync(CancellationToken cancellation)
    {
        _filled = 0;
        while (await FillAsync(cancellation))
            _filled = 0;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        var read = await socket.ReceiveAsync(_buffer.AsMemory(_filled), cancellation);
        _filled += read;
        return read > 0;
    }

    private void Consume(int bytes)
    {
        _buffer.AsSpan(bytes, _filled - bytes).CopyTo(_buffer);
        _filled -= bytes;
    }
}
