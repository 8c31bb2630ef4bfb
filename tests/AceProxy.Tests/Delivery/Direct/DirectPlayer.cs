using System.Net;
using System.Net.Sockets;
using AceProxy.Buffering;
using AceProxy.Delivery.Direct;
using AceProxy.LiveStreams;
using AceProxy.MpegTs;
using AceProxy.Tests.Buffering;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Delivery.Direct;

/// <summary>A client that is sent to directly, on a real connection, and what comes out at its other end.</summary>
internal sealed class DirectPlayer : IDisposable
{
    private readonly CancellationTokenSource _connection = new();
    private readonly byte[] _buffer = new byte[256 * 1024];
    private readonly byte[] _packet = new byte[TsPacket.Size];
    private int _filled;

    private DirectPlayer(Socket server, Socket peer, TimeProvider? time)
    {
        (Server, Peer) = (server, peer);
        Client = new Client("127.0.0.1", "a test", time ?? TimeProvider.System, _connection.Token);
        Body = new FramedBody(Count);
    }

    /// <summary>The proxy's end.</summary>
    public Socket Server { get; }

    /// <summary>The player's end.</summary>
    public Socket Peer { get; }

    public Client Client { get; }

    public FramedBody Body { get; }

    public DirectClient Follower { get; private set; } = null!;

    public Task<DirectEnd> End { get; private set; } = null!;

    /// <summary>The number of the packet that has to come next, see <see cref="RingUnderTest.Numbered"/>; -1 for any.</summary>
    public long NextPacket { get; set; }

    /// <param name="sendBuffer">The proxy's SO_SNDBUF; the kernel doubles it and has a least of its own.</param>
    public static async Task<DirectPlayer> ConnectAsync(int? sendBuffer = null, int? receiveBuffer = null, TimeProvider? time = null)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes)
        {
            peer.ReceiveBufferSize = bytes;
        }

        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Task connected = peer.ConnectAsync(listener.LocalEndPoint!, cancellation).AsTask();
        Socket server = await listener.AcceptAsync(cancellation);
        await connected;
        server.NoDelay = true;
        server.SendBufferSize = sendBuffer ?? server.SendBufferSize;

        // As Kestrel's are: in non-blocking mode from the first asynchronous operation that has to wait on.
        ValueTask<int> asked = server.ReceiveAsync(new byte[1], cancellation);
        await peer.SendAsync(new byte[1], cancellation);
        await asked;
        Assert.True(DirectSocket.IsNonBlocking(server.SafeHandle));
        return new DirectPlayer(server, peer, time);
    }

    public DirectPlayer Join(DirectSender sender, ChunkRing ring, long sequence = 0)
    {
        Follower = sender.Join(Client, Server, ring, sequence);
        End = Follower.FollowAsync();
        return this;
    }

    /// <summary>Hangs up, as far as the proxy's side of it is concerned: the server tells it by this token.</summary>
    public void HangUp() => _connection.Cancel();

    /// <summary>Reads once.</summary>
    /// <returns>The number of bytes; 0 at the connection's end.</returns>
    public async Task<int> ReadAsync(int most = int.MaxValue)
    {
        using CancellationTokenSource net = SafetyNet.Start();
        int read = await Peer.ReceiveAsync(_buffer.AsMemory(0, Math.Min(most, _buffer.Length)), net.Token);
        Assert.Equal(read, Body.Add(_buffer.AsSpan(0, read)));
        return read;
    }

    /// <summary>Reads once, unless nothing comes any more because <see cref="End"/> is there; what came before stays to be read.</summary>
    public async Task ReadUnlessEndedAsync(int most = int.MaxValue)
    {
        using CancellationTokenSource net = SafetyNet.Start();
        Task<int> reading = Peer.ReceiveAsync(_buffer.AsMemory(0, Math.Min(most, _buffer.Length)), net.Token).AsTask();
        await Task.WhenAny(reading, End);
        if (!reading.IsCompleted)
        {
            await net.CancelAsync();
        }

        try
        {
            int read = await reading;
            Assert.Equal(read, Body.Add(_buffer.AsSpan(0, read)));
        }
        catch (OperationCanceledException) when (End.IsCompleted)
        {
            // Nothing was read.
        }
    }

    /// <summary>Reads until so much data has come.</summary>
    public async Task UntilAsync(long bytes, Func<int>? piece = null)
    {
        while (Body.Bytes < bytes)
        {
            Assert.NotEqual(0, await ReadAsync(piece?.Invoke() ?? int.MaxValue));
        }
    }

    public async Task<DirectEnd> EndAsync() => await End.WaitAsync(SafetyNet.Limit, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        Server.Dispose();
        Peer.Dispose();
        Client.Dispose();
        _connection.Dispose();
    }

    private void Count(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            int take = Math.Min(TsPacket.Size - _filled, data.Length);
            data[..take].CopyTo(_packet.AsSpan(_filled));
            data = data[take..];
            _filled = (_filled + take) % TsPacket.Size;
            if (_filled > 0)
            {
                continue;
            }

            int number = RingUnderTest.NumberOf(_packet);
            Assert.True(number >= 0 && (NextPacket < 0 || number == NextPacket), $"packet {number} instead of {NextPacket}");
            NextPacket = number + 1;
        }
    }
}
