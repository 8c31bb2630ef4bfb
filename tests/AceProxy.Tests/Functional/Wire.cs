using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace AceProxy.Tests.Functional;

/// <summary>One TCP connection to the proxy, on which a test says and hears exactly what it wants to.</summary>
internal sealed class Wire : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    private Wire(Socket socket) => _socket = socket;

    /// <returns>How many of the bytes were taken.</returns>
    public delegate int Taker(ReadOnlySpan<byte> bytes);

    /// <param name="receiveBuffer">SO_RCVBUF; the kernel's own, which grows, by default.</param>
    public static async Task<Wire> ConnectAsync(Uri address, int? receiveBuffer = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes)
        {
            socket.ReceiveBufferSize = bytes;
        }

        await socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        return new Wire(socket);
    }

    /// <summary>Connects, sends and reads the first reply's head.</summary>
    public static async Task<(Wire Wire, WireHead Head)> AskAsync(RunningProxy proxy, string request, int? receiveBuffer = null)
    {
        Wire wire = await ConnectAsync(proxy.Address, receiveBuffer);
        await wire.SendAsync(request);
        return (wire, await wire.ReadHeadAsync());
    }

    public async Task SendAsync(string text)
    {
        using CancellationTokenSource net = SafetyNet.Start();
        ReadOnlyMemory<byte> bytes = Encoding.Latin1.GetBytes(text);
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes, net.Token)..];
        }
    }

    public async Task<WireHead> ReadHeadAsync()
    {
        string status = await ReadLineAsync() ?? throw new IOException("the connection was closed before a reply");
        List<(string, string)> headers = [];
        while (await ReadLineAsync() is { Length: > 0 } line)
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            headers.Add((line[..colon], line[(colon + 1)..].Trim()));
        }

        return new WireHead(status, headers);
    }

    /// <summary>The next chunk of a chunked body; null for its end.</summary>
    public async Task<byte[]?> ReadChunkAsync()
    {
        string size = await ReadLineAsync() ?? throw new IOException("the connection was closed within a chunked body");
        byte[] chunk = await ReadExactlyAsync(int.Parse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        Assert.Equal("", await ReadLineAsync());
        return chunk.Length == 0 ? null : chunk;
    }

    /// <summary>A whole body, however the head says that it is framed.</summary>
    public async Task<byte[]> ReadBodyAsync(WireHead head)
    {
        if (head["Content-Length"] is { } length)
        {
            return await ReadExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture));
        }

        if (head["Transfer-Encoding"] != "chunked")
        {
            return await ReadToEndAsync();
        }

        using var body = new MemoryStream();
        while (await ReadChunkAsync() is { } chunk)
        {
            body.Write(chunk);
        }

        return body.ToArray();
    }

    public async Task<byte[]> ReadExactlyAsync(int count)
    {
        byte[] bytes = new byte[count];
        for (int at = 0; at < count;)
        {
            Assert.True(await FillAsync(), "the connection was closed");
            int take = Math.Min(count - at, _end - _start);
            _buffer.AsSpan(_start, take).CopyTo(bytes.AsSpan(at));
            (_start, at) = (_start + take, at + take);
        }

        return bytes;
    }

    /// <summary>Everything until the proxy closes the connection.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        while (await FillAsync())
        {
            all.Write(_buffer, _start, _end - _start);
            _start = _end;
        }

        return all.ToArray();
    }

    /// <summary>Whatever is there, at most so many bytes, given to somebody who says how many he wants; the rest stays.</summary>
    /// <returns>False at the end of the connection.</returns>
    public async Task<bool> ReadSomeAsync(int most, Taker take)
    {
        if (!await FillAsync(most))
        {
            return false;
        }

        _start += take(_buffer.AsSpan(_start, Math.Min(most, _end - _start)));
        return true;
    }

    /// <summary>Sends FIN and goes on listening.</summary>
    public void Finish() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with RST rather than FIN.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<string?> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (await FillAsync())
        {
            char next = (char)_buffer[_start++];
            if (next == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append(next);
        }

        return line.Length == 0 ? null : throw new IOException($"the connection was closed within the line '{line}'");
    }

    /// <returns>False at the end of the connection.</returns>
    private async Task<bool> FillAsync(int most = int.MaxValue)
    {
        if (_start < _end)
        {
            return true;
        }

        using CancellationTokenSource net = SafetyNet.Start();
        (_start, _end) = (0, await _socket.ReceiveAsync(_buffer.AsMemory(0, Math.Min(most, _buffer.Length)), net.Token));
        return _end > 0;
    }
}
