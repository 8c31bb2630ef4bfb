using System.Text;
using System.Text.Json;
using AceProxy.EngineApi;

namespace AceProxy.Tests.EngineApi;

public sealed class EngineClientTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{\"a\": [1, {}]}")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nKeep-Alive: timeout=15, max=100\r\n\r\n  {\"a\": 1}\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"a\": 1}")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"a\": 1}\r\n")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n{\"a\": 1}")]
    public async Task GetJson_CompleteJsonOnAConnectionThatStaysOpen_IsTakenAtOnce(string reply)
    {
        await using RawServer server = RawServer.Start(async exchange =>
        {
            await exchange.WriteAsync(reply);
            await exchange.HoldAsync();
        });
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        EngineReply<JsonDocument> answer = await engine.Client.GetJsonAsync(engine.Address, Long, Cancellation);

        Assert.True(answer.IsSuccess, answer.Failure?.Message);
        answer.Value.Dispose();
    }

    [Fact]
    public async Task GetJson_ByteByByte_IsPutTogether()
    {
        await using RawServer server = RawServer.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\n\r\n");
            foreach (byte one in Encoding.UTF8.GetBytes("""{"text": "é\u00e9", "number": -1}"""))
            {
                await exchange.WriteAsync([one]);
            }

            await exchange.HoldAsync();
        });
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        using JsonDocument? answer = (await engine.Client.GetJsonAsync(engine.Address, Long, Cancellation)).Value;

        Assert.Equal("éé", EngineJson.Text(answer!.RootElement, "text"));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n<html>hello</html>..", "BadReply", "<html>")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", "BadReply", "not JSON")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n{\"response\": {\"playback_url\": \"http:", "BadReply", "not JSON")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"response\":", "Unreachable", "")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "Unreachable", "")]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 13\r\n\r\nIt\nis\u0007 broken", "BadReply", "HTTP 500: It is  broken")]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain; charset=nonsense\r\nContent-Length: 2\r\n\r\nno", "BadReply", "HTTP 500")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.66.66.66/\r\n\r\n", "BadReply", "HTTP 302")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "BadReply", "HTTP 204")]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n", "BadReply", "not HTTP")]
    [InlineData("", "Unreachable", "")]
    public async Task GetJson_NoUsableReply_SaysWhoseFault(string reply, string kind, string words)
    {
        await using RawServer server = RawServer.Start(exchange => exchange.WriteAsync(reply));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        EngineReply<JsonDocument> answer = await engine.Client.GetJsonAsync(engine.Address, Long, Cancellation);

        Assert.Equal(kind, answer.Failure?.Kind.ToString());
        Assert.Contains(words, answer.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetJson_ErrorBodyWithoutLength_IsNotWaitedFor()
    {
        await using RawServer server = RawServer.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 501 Not Implemented\r\n\r\n");
            await exchange.HoldAsync();
        });
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        EngineReply<JsonDocument> answer = await engine.Client.GetJsonAsync(engine.Address, Long, Cancellation);

        Assert.Equal(new EngineFailure(EngineFailureKind.BadReply, "HTTP 501"), answer.Failure);
    }

    [Fact]
    public async Task GetJson_LargerThanTheBound_IsRefusedAndTheConnectionClosed()
    {
        var closed = new TaskCompletionSource();
        await using RawServer server = RawServer.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\n\r\n[\"");
            byte[] filler = Encoding.ASCII.GetBytes(new string('x', 4096));
            try
            {
                while (true)
                {
                    await exchange.WriteAsync(filler);
                }
            }
            catch (IOException)
            {
                closed.SetResult();
            }
        });
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        EngineReply<JsonDocument> answer = await engine.Client.GetJsonAsync(engine.Address, Long, Cancellation);

        Assert.Equal(EngineFailureKind.BadReply, answer.Failure?.Kind);
        Assert.Contains("larger", answer.Failure!.Message, StringComparison.Ordinal);
        await closed.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task GetJson_NestedBeyondReason_IsABadReply()
    {
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync(new string('[', 5000)));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        Assert.Equal(EngineFailureKind.BadReply, (await engine.Client.GetJsonAsync(engine.Address, Long, Cancellation)).Failure?.Kind);
    }

    [Fact]
    public async Task GetJson_NothingWithinTheLimit_TimesOut()
    {
        var time = new ManualTimeProvider();
        await using RawServer server = RawServer.Start(exchange => exchange.HoldAsync());
        await using var engine = new EngineUnderTest(server.EndPoint, time);
        Task<EngineReply<JsonDocument>> call = engine.Client.GetJsonAsync(engine.Address, TimeSpan.FromSeconds(7), Cancellation);
        await server.RequestAsync(Cancellation);

        time.Advance(6.999);
        Assert.False(call.IsCompleted);
        time.Advance(0.001);

        Assert.Equal(new EngineFailure(EngineFailureKind.TimedOut, "no reply within 7 s"), (await call).Failure);
    }

    [Fact]
    public async Task GetJson_CallerCancels_Throws()
    {
        await using RawServer server = RawServer.Start(exchange => exchange.HoldAsync());
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());
        using var leaving = new CancellationTokenSource();
        Task<EngineReply<JsonDocument>> call = engine.Client.GetJsonAsync(engine.Address, Long, leaving.Token);
        await server.RequestAsync(Cancellation);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task GetJson_NobodyListens_IsUnreachable()
    {
        RawServer server = RawServer.Start(exchange => exchange.HoldAsync());
        await server.DisposeAsync();
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        Assert.Equal(EngineFailureKind.Unreachable, (await engine.Client.GetJsonAsync(engine.Address, Long, Cancellation)).Failure?.Kind);
    }
}
