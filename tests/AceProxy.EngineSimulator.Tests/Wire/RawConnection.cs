using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace AceProxy.EngineSimulator.Tests.Wire;

/// <summary>A client that shows the bytes as they come; an HTTP library would hide the quirks these tests are about.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly List<byte> _pending = [];

    private RawConnection()
    {
    }

    public static async Task<RawConnection> OpenAsync(SimulatedEngine engine)
    {
        var connection = new RawConnection();
        await connection._socket.ConnectAsync(engine.EndPoint);
        return connection;
    }

    /// <summary>Sends a request on a connection of its own and reads the head of the answer.</summary>
    public static async Task<(RawConnection Connection, string Head)> GetAsync(SimulatedEngine engine, string target, string headers = "")
    {
        var connection = await OpenAsync(engine);
        await connection.RequestAsync("GET", target, headers);
        return (connection, await connection.ReadHeadAsync());
    }

    public static async Task<string> GetTextAsync(SimulatedEngine engine, string target, string headers = "")
    {
        var (connection, head) = await GetAsync(engine, target, headers);
        using (connection)
            return Encoding.UTF8.GetString(await connection.ReadAsync(ContentLength(head)));
    }

    public static string Header(string head, string name) =>
        head.Split("\r\n").Single(line => line.StartsWith(name + ": ", StringComparison.Ordinal))[(name.Length + 2)..];

    public static int ContentLength(string head) => int.Parse(Header(head, "Content-Length"), CultureInfo.InvariantCulture);

    public Task RequestAsync(string method, string target, string headers = "", string version = "HTTP/1.1") =>
        _socket.SendAsync(Encoding.ASCII.GetBytes($"{method} {target} {version}\r\nHost: engine.test:6878\r\n{headers}\r\n"));

    public async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            head.Append((char)(await ReadAsync(1))[0]);
        return head.ToString()[..^4];
    }

    public async Task<byte[]> ReadAsync(int count)
    {
        while (_pending.Count < count)
        {
            if (!await FillAsync())
                throw new EndOfStreamException($"The connection ended {count - _pending.Count} bytes early.");
        }
        var bytes = _pending.GetRange(0, count).ToArray();
        _pending.RemoveRange(0, count);
        return bytes;
    }

    /// <returns>The next chunk, empty at the clean end.</returns>
    public async Task<byte[]> ReadChunkAsync()
    {
        var line = new StringBuilder();
        while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal))
            line.Append((char)(await ReadAsync(1))[0]);
        var size = int.Parse(line.ToString().Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (await ReadAsync(size + 2))[..^2];
    }

    /// <returns>At least this many bytes of a chunked body.</returns>
    public async Task<byte[]> ReadChunkedAsync(int least)
    {
        var body = new List<byte>();
        while (body.Count < least)
        {
            var chunk = await ReadChunkAsync();
            if (chunk.Length == 0)
                throw new EndOfStreamException("The body ended.");
            body.AddRange(chunk);
        }
        return [.. body];
    }

    /// <summary>Reads on to the clean end of a chunked body.</summary>
    public async Task<byte[]> ReadToCleanEndAsync()
    {
        var body = new List<byte>();
        while (await ReadChunkAsync() is { Length: > 0 } chunk)
            body.AddRange(chunk);
        return [.. body];
    }

    /// <returns>Everything up to FIN; RST throws <see cref="SocketException"/>.</returns>
    public async Task<byte[]> ReadToEndAsync()
    {
        while (await FillAsync())
        {
        }
        var bytes = _pending.ToArray();
        _pending.Clear();
        return bytes;
    }

    public bool HasNothingToRead => _pending.Count == 0 && _socket.Available == 0;

    public void Dispose() => _socket.Dispose();

    private async Task<bool> FillAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var buffer = new byte[64 * 1024];
        var read = await _socket.ReceiveAsync(buffer, patience.Token);
        _pending.AddRange(buffer.AsSpan(0, read));
        return read > 0;
    }
}
