using System.Net;
using System.Net.Sockets;
using AceProxy.EngineApi.Polling;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.EngineApi.Polling;

/// <summary>Against a peer on loopback. <see cref="Burst"/> is more than a small read and less than what is read ahead.</summary>
public sealed class PolledStreamTests : IAsyncLifetime
{
    private const int Burst = 40_000;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private Socket _peer = null!;
    private Stream _stream = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _listener.Start();
        _stream = await ConnectAsync("127.0.0.1");
        _peer = await _listener.AcceptSocketAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _peer.Dispose();
        _listener.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(65536)] // and more: without a copy
    [InlineData(131072)]
    public async Task ReadAsync_PiecesOfAnySize_AreTheBytesInOrder(int piece)
    {
        byte[] sent = new byte[300_000];
        Random.Shared.NextBytes(sent);
        Task sending = SendAndCloseAsync(sent);
        var read = new MemoryStream();
        byte[] buffer = new byte[piece];
        while (await _stream.ReadAsync(buffer, Cancellation) is > 0 and var count)
        {
            read.Write(buffer, 0, count);
        }

        await sending;
        Assert.Equal(sent, read.ToArray());
        Assert.Equal(0, await _stream.ReadAsync(buffer, Cancellation)); // it stays at its end
    }

    [Fact]
    public async Task ReadAsync_RestOfABurst_IsThereAtOnce()
    {
        byte[] small = new byte[100];
        await _peer.SendAsync(new byte[Burst], SocketFlags.None, Cancellation);
        int waits = 0;
        for (int left = Burst; left > 0;)
        {
            Task<int> reading = _stream.ReadAsync(small, Cancellation).AsTask();
            waits += reading.IsCompleted ? 0 : 1;
            left -= await reading;
        }

        Assert.InRange(waits, 0, 9); // of 400 reads: it may come in some segments
    }

    [Fact]
    public async Task ReadAsync_AfterTheFirst_GoesOnOnTheThreadThatWaited()
    {
        byte[] buffer = new byte[100];
        string[] names = new string[3];
        for (int i = 0; i < names.Length; i++)
        {
            Task<int> reading = _stream.ReadAsync(buffer, Cancellation).AsTask();
            Assert.False(reading.IsCompleted);
            Task<string> thread = ThreadOfAsync(reading);
            await _peer.SendAsync(new byte[1], SocketFlags.None, Cancellation);
            names[i] = await thread;
        }

        Assert.NotEqual("engine data", names[0]); // a reply may lead to anything
        Assert.Equal(["engine data", "engine data"], names[1..]);

        static async Task<string> ThreadOfAsync(Task<int> reading)
        {
            await reading.ConfigureAwait(false);
            return Thread.CurrentThread.Name ?? "";
        }
    }

    [Fact]
    public async Task ReadAsync_PeerResets_IsAnIOException()
    {
        Task<int> reading = _stream.ReadAsync(new byte[100], Cancellation).AsTask();
        _peer.LingerState = new LingerOption(true, 0);
        _peer.Close();

        await Assert.ThrowsAsync<IOException>(async () => await reading);
    }

    [Fact]
    public async Task Dispose_WhileReading_EndsTheReadAndTheConnection()
    {
        Task<int> reading = _stream.ReadAsync(new byte[100], Cancellation).AsTask();
        await _stream.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await reading);
        await Assert.ThrowsAsync<IOException>(async () => _ = await _stream.ReadAsync(new byte[100], Cancellation));
        Assert.Equal(0, await _peer.ReceiveAsync(new byte[1], SocketFlags.None, Cancellation));
        await _stream.DisposeAsync();
    }

    [Fact]
    public async Task Dispose_WhileDataComes_NeverHangsAReader()
    {
        for (int round = 0; round < 300; round++)
        {
            Stream stream = await ConnectAsync("127.0.0.1");
            using Socket peer = await _listener.AcceptSocketAsync(Cancellation);
            Task<int> reading = stream.ReadAsync(new byte[100], Cancellation).AsTask();
            await Task.WhenAll(
                Task.Run(() => peer.Send(new byte[50]), Cancellation), Task.Run(stream.Dispose, Cancellation));

            await Task.WhenAny(reading.WaitAsync(SafetyNet.Limit, Cancellation));
            Assert.True(reading.IsCompleted);
            if (reading.IsFaulted)
            {
                Assert.True(reading.Exception.InnerException is ObjectDisposedException or IOException);
            }
            else
            {
                Assert.Equal(50, await reading);
            }
        }
    }

    [Fact]
    public async Task WriteAsync_MoreThanThePeerTakesNow_WaitsForIt()
    {
        byte[] sent = new byte[16 * 1024 * 1024];
        Random.Shared.NextBytes(sent);
        Task writing = Task.Run(async () => await _stream.WriteAsync(sent, Cancellation), Cancellation);
        byte[] received = new byte[sent.Length];
        for (int filled = 0; filled < received.Length;)
        {
            filled += await _peer.ReceiveAsync(received.AsMemory(filled), SocketFlags.None, Cancellation);
        }

        await writing;
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task ConnectAsync_NameWithSeveralAddresses_TakesTheOneThatAnswers()
    {
        await using Stream stream = await ConnectAsync("localhost"); // may be ::1 first, where nobody listens
        using Socket peer = await _listener.AcceptSocketAsync(Cancellation);
        await peer.SendAsync(new byte[1], SocketFlags.None, Cancellation);
        Assert.Equal(1, await stream.ReadAsync(new byte[1], Cancellation));
    }

    [Fact]
    public async Task ConnectAsync_NobodyListens_IsRefused()
    {
        int port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _listener.Stop();

        SocketException refused = await Assert.ThrowsAsync<SocketException>(
            async () => await PolledConnector.ConnectAsync(PollLoop.Shared!, new DnsEndPoint("127.0.0.1", port), Cancellation));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    private async Task<Stream> ConnectAsync(string host) =>
        await PolledConnector.ConnectAsync(PollLoop.Shared!, new DnsEndPoint(host, ((IPEndPoint)_listener.LocalEndpoint).Port), Cancellation);

    private async Task SendAndCloseAsync(byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            sent += await _peer.SendAsync(bytes.AsMemory(sent, Math.Min(Burst, bytes.Length - sent)), SocketFlags.None, Cancellation);
        }

        _peer.Shutdown(SocketShutdown.Send);
    }
}
