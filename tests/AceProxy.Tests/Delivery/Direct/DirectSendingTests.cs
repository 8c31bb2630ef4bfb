using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AceProxy.Delivery.Direct;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AceProxy.Tests.Delivery.Direct;

/// <summary>What <see cref="DirectSender"/> relies on in Kestrel, held against Kestrel.</summary>
public sealed class DirectSendingTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: proxy\r\n\r\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connection_OfPlainHttp11_HandsOutItsTcpSocketInNonBlockingMode()
    {
        Socket? socket = null;
        await using HostUnderTest host = await HostUnderTest.StartAsync(context =>
        {
            socket = context.Features.Get<IConnectionSocketFeature>()?.Socket;
            Assert.True(DirectSocket.IsNonBlocking(socket!.SafeHandle));
            return Task.CompletedTask;
        });
        using Wire wire = await Wire.ConnectAsync(host.Address);
        await wire.SendAsync(Get);

        Assert.Equal(200, (await wire.ReadHeadAsync()).Status);
        Assert.Equal((ProtocolType.Tcp, SocketType.Stream), (socket!.ProtocolType, socket.SocketType));
        Assert.Same(socket, Assert.Single(host.Sockets));
    }

    /// <summary>
    /// The order of the bytes is the proof: what goes to the socket directly when a flush has completed comes behind everything that was
    /// flushed, always, whatever the client reads and when.
    /// </summary>
    [Fact]
    public async Task Flush_Completed_TheSocketHasTakenEverything()
    {
        const int Rounds = 200;
        await using HostUnderTest host = await HostUnderTest.StartAsync(async context =>
        {
            Socket socket = context.Features.Get<IConnectionSocketFeature>()!.Socket!;
            var random = new Random(1);
            for (int round = 0; round < Rounds; round++)
            {
                await context.Response.BodyWriter.WriteAsync(Filled(random.Next(1, 100_000), (byte)(2 * round)), context.RequestAborted);
                byte[] frame = Frame(random.Next(1, 70_000), (byte)((2 * round) + 1));
                for (int sent = 0; sent < frame.Length;)
                {
                    sent += await socket.SendAsync(frame.AsMemory(sent), context.RequestAborted);
                }
            }
        });
        using Wire wire = await Wire.ConnectAsync(host.Address, receiveBuffer: 8192);
        await wire.SendAsync(Get);
        Assert.Equal("chunked", (await wire.ReadHeadAsync())["Transfer-Encoding"]);
        List<byte> order = [];
        var body = new FramedBody(bytes =>
        {
            foreach (byte value in bytes)
            {
                if (order.Count == 0 || order[^1] != value)
                {
                    order.Add(value);
                }
            }
        });

        while (!body.IsOver)
        {
            Assert.True(await wire.ReadSomeAsync(int.MaxValue, body.Add));
        }

        Assert.Equal(Enumerable.Range(0, 2 * Rounds).Select(value => (byte)value), order);
    }

    [Fact]
    public async Task Flush_MoreThanTheSocketHolds_WaitsUntilTheClientReads()
    {
        const int Size = 15 * 1024 * 1024;
        var flushing = new TaskCompletionSource<(Socket Socket, Task Flush)>();
        await using HostUnderTest host = await HostUnderTest.StartAsync(async context =>
        {
            Task flush = context.Response.BodyWriter.WriteAsync(Filled(Size, 1), context.RequestAborted).AsTask();
            flushing.SetResult((context.Features.Get<IConnectionSocketFeature>()!.Socket!, flush));
            await flush;
        });
        using Wire wire = await Wire.ConnectAsync(host.Address);
        await wire.SendAsync(Get);
        await wire.ReadHeadAsync();
        (Socket socket, Task flush) = await flushing.Task.WaitAsync(SafetyNet.Limit, Cancellation);
        await SafetyNet.EventuallyAsync(() => !socket.Poll(0, SelectMode.SelectWrite), () => "the socket never fills");
        Assert.False(flush.IsCompleted);

        var body = new FramedBody(_ => { });
        while (body.Bytes < Size / 2)
        {
            await wire.ReadSomeAsync(64 * 1024, body.Add);
        }

        await SafetyNet.EventuallyAsync(() => !socket.Poll(0, SelectMode.SelectWrite), () => "the socket never fills again");
        Assert.False(flush.IsCompleted);
        while (!body.IsOver)
        {
            await wire.ReadSomeAsync(64 * 1024, body.Add);
        }

        await flush.WaitAsync(SafetyNet.Limit, Cancellation);
        Assert.Equal(Size, body.Bytes);
    }

    [Fact]
    public async Task Flush_SocketFull_NothingWaitsInTheWriterThatAFlushSaysIsGone()
    {
        var flushing = new TaskCompletionSource<(Socket Socket, Task Flush)>();
        await using HostUnderTest host = await HostUnderTest.StartAsync(async context =>
        {
            // Filled past the writer until it takes no more: then even the smallest flush has to wait.
            await context.Response.StartAsync();
            await context.Response.BodyWriter.WriteAsync(Filled(1, 1), context.RequestAborted);
            Socket socket = context.Features.Get<IConnectionSocketFeature>()!.Socket!;
            socket.Blocking = false;
            byte[] frame = Frame(60_000, 2);
            int sent = frame.Length;
            while (sent == frame.Length)
            {
                sent = socket.Send(frame, SocketFlags.None, out SocketError error);
                Assert.True(error is SocketError.Success or SocketError.WouldBlock);
                sent = error == SocketError.WouldBlock ? 0 : sent;
            }

            Task flush = context.Response.BodyWriter.WriteAsync(Filled(1, 3), context.RequestAborted).AsTask();
            flushing.SetResult((socket, flush));
            await flush;
        });
        using Wire wire = await Wire.ConnectAsync(host.Address, receiveBuffer: 8192);
        await wire.SendAsync(Get);
        await wire.ReadHeadAsync();
        (Socket socket, Task flush) = await flushing.Task.WaitAsync(SafetyNet.Limit, Cancellation);

        Assert.False(socket.Poll(0, SelectMode.SelectWrite));
        Assert.False(flush.IsCompleted);
        while (!flush.IsCompleted)
        {
            await wire.ReadSomeAsync(64 * 1024, bytes => bytes.Length);
        }

        await flush;
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, false, true)]
    [InlineData(HttpProtocols.Http1, true, false)]
    [InlineData(HttpProtocols.Http2, true, false)]
    [InlineData(HttpProtocols.Http2, false, false)]
    public async Task Get_OverOtherThanPlainHttp11_PlaysGaplessThroughTheWriter(HttpProtocols protocol, bool isSecure, bool isDirect)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(bitsPerSecond: 8_000_000));
        using X509Certificate2 certificate = NewCertificate();
        await using HostUnderTest host = await HostUnderTest.StartAsync(engine, endpoint =>
        {
            endpoint.Protocols = protocol;
            if (isSecure)
            {
                endpoint.UseHttps(certificate);
            }
        });
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString() },
            MaxResponseDrainSize = 0,
        });
        Version version = protocol == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Address, $"/ace/getstream?infohash={content.Infohash}"))
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using (HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation))
        {
            Assert.Equal((HttpStatusCode.OK, version), (response.StatusCode, response.Version));
            await PlayAsync(await response.Content.ReadAsStreamAsync(Cancellation), content);
        }

        Assert.Equal(isDirect, Assert.Single(host.Sockets) is not null);
        await SafetyNet.EventuallyAsync(() => host.Slabs.Rented == 0, () => $"{host.Slabs.Rented} slabs are left");
    }

    [Fact]
    public async Task Get_OverHttp10_PlaysGaplessThroughTheWriter()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(bitsPerSecond: 8_000_000));
        await using HostUnderTest host = await HostUnderTest.StartAsync(engine, _ => { });
        using Wire wire = await Wire.ConnectAsync(host.Address);
        await wire.SendAsync($"GET /ace/getstream?infohash={content.Infohash} HTTP/1.0\r\n\r\n");
        Assert.Null((await wire.ReadHeadAsync())["Transfer-Encoding"]);
        var checker = new StreamChecker();

        while (checker.Bytes < 1_000_000)
        {
            Assert.True(await wire.ReadSomeAsync(int.MaxValue, bytes =>
            {
                checker.Add(bytes);
                return bytes.Length;
            }));
        }

        checker.AssertGapless();
        Assert.Null(Assert.Single(host.Sockets));
    }

    private static async Task PlayAsync(Stream body, SimulatedContent content)
    {
        var checker = new StreamChecker();
        var compared = new BroadcastComparison((StampedBroadcast)content.Script.Broadcast);
        byte[] buffer = new byte[64 * 1024];
        using CancellationTokenSource net = SafetyNet.Start();
        while (checker.Bytes < 1_000_000)
        {
            int read = await body.ReadAsync(buffer, net.Token);
            Assert.NotEqual(0, read);
            checker.Add(buffer.AsSpan(0, read));
            compared.Add(buffer.AsSpan(0, read));
        }

        checker.AssertGapless();
        Assert.Single(compared.Landings);
    }

    private static byte[] Filled(int length, byte value)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    private static byte[] Frame(int length, byte value) => [.. Encoding.ASCII.GetBytes($"{length:X}\r\n"), .. Filled(length, value), .. "\r\n"u8];

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }
}
