using System.Globalization;
using AceProxy.Access.Tokens;
using AceProxy.Content;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.Access;

/// <summary>
/// Everything at once that somebody without a key can do to a worker on a public address, while others watch: nobody gets in, and who
/// watches loses nothing. The benchmarks' <c>attack</c> has the same with 10,000 connections and looks at the memory.
/// </summary>
public sealed class AttackTests
{
    private const string ViewerKey = "viewer-key-of-the-house";
    private const int Rounds = 150;

    [Fact]
    public async Task Worker_UnderEveryAttackAtOnce_LetsNobodyInAndPlaysOn()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(1));
        SimulatedContent other = engine.Add(Contents.Stamped(2));
        await using RunningProxy proxy = await RunningProxy.StartAsync(
            engine, Asking.Trusting, ("API_KEY", Asking.ApiKey), ("STREAM_TOKENS", "required"), ("STREAM_TOKEN_KEYS", Asking.SigningKeys),
            ("VIEWER_KEY", ViewerKey), ("PROXY_GRACE_PERIOD", "0"));
        using Viewer first = await Viewer.JoinAsync(proxy, $"id={content.ContentId}&token={ViewerKey}");
        using Viewer second = await Viewer.JoinAsync(proxy, $"id={content.ContentId}&token={ViewerKey}");
        using var over = new CancellationTokenSource();
        Task watching = Task.WhenAll(WatchAsync(first, over.Token), WatchAsync(second, over.Token));
        int asked = Asked(engine);
        var tokens = proxy.Services.GetRequiredService<StreamTokens>();
        using var silent = new Crowd(proxy.Address, 200, "");
        using var slow = new Crowd(proxy.Address, 100, $"GET /ace/getstream?id={content.ContentId}&token={ViewerKey} HTTP/1.1\r\nHost: proxy\r\nX-Slow: ");
        await Task.WhenAll(silent.ConnectAsync(), slow.ConnectAsync());

        int[][] statuses = await Task.WhenAll(
            WrongKeysAsync(proxy), WrongTokensAsync(proxy, tokens, content, other), FloodsAsync(proxy, content), slow.DripAsync());
        await proxy.Client.GetStringAsync("/healthz", TestContext.Current.CancellationToken);

        Assert.All(statuses[0], status => Assert.Equal(401, status));
        Assert.All(statuses[1], status => Assert.Equal(401, status));
        Assert.All(statuses[2], status => Assert.Contains(status, (int[])[400, 401, 404, 414, 431]));
        Assert.All(statuses[3], status => Assert.Equal(408, status)); // thrown out, although each of them has the key
        await over.CancelAsync();
        await watching;
        await first.UntilNewerThanAsync(DateTimeOffset.UtcNow);
        first.Checker.AssertGapless();
        second.Checker.AssertGapless();
        Assert.Equal(asked, Asked(engine)); // no engine has heard of any of it
        Assert.Equal(1, engine.SessionsOpened);
        Assert.Equal(2, Assert.Single(proxy.Streams.All()).ClientCount);
        Assert.Equal(200, await Asking.StatusAsync(proxy, "/api/streams", headers: ("X-Api-Key", Asking.ApiKey)));
    }

    [Theory]
    [InlineData("playback URL elsewhere")]
    [InlineData("redirect elsewhere")]
    [InlineData("redirect of the API elsewhere")]
    [InlineData("url= elsewhere")]
    public async Task Engine_WhateverItNames_LeadsNowhereButToItself(string kind)
    {
        await using var foreign = RawServer.StartForeign();
        string elsewhere = $"http://{foreign.EndPoint}/latest/meta-data";
        await using var engine = RawServer.Start(exchange => (kind, exchange.Request.Path) switch
        {
            ("redirect of the API elsewhere", _) => RedirectAsync(exchange, elsewhere),
            (_, "/server/api") => exchange.ReplyAsync($$"""{"result": {"infohash": "{{ScriptedEngine.Infohash}}"} }"""),
            (_, "/ace/getstream") => exchange.ReplyAsync($$"""
                {"response": {"playback_url": "{{elsewhere}}", "command_url": "{{elsewhere}}?cmd=1", "stat_url": "{{elsewhere}}?stat=1",
                "infohash": "{{ScriptedEngine.Infohash}}", "is_live": 1}, "error": null}
                """),
            ("redirect elsewhere", _) => RedirectAsync(exchange, elsewhere),
            _ => exchange.ReplyAsync("nothing to see", "text/plain"),
        });
        await using RunningProxy proxy = await RunningProxy.StartAsync(
            ("ENGINES", engine.EndPoint.ToString()), ("PROXY_INIT_TIMEOUT", "2"), ("PROXY_GRACE_PERIOD", "0"), ("ENGINE_STAT_INTERVAL", "0.5"));

        int status = await Asking.StatusAsync(
            proxy, $"/ace/getstream?{(kind == "url= elsewhere" ? $"url={Uri.EscapeDataString(elsewhere)}" : $"id={new string('a', 40)}")}", from: null);

        Assert.InRange(status, 500, 599);
        Assert.NotEmpty(engine.Requests);
        await proxy.SettledAsync();
        Assert.Empty(foreign.Requests);
    }

    /// <summary>But for the statistics of the stream that plays.</summary>
    private static int Asked(SimulatedEngine engine) =>
        engine.Requests.Count(request => !request.Target.StartsWith("/ace/stat", StringComparison.Ordinal));

    private static Task RedirectAsync(RawExchange exchange, string to) =>
        exchange.WriteAsync($"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");

    private static async Task WatchAsync(Viewer viewer, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await viewer.UntilNewerThanAsync(viewer.Checker.NewestOnAir);
        }
    }

    private static async Task<int[]> WrongKeysAsync(RunningProxy proxy)
    {
        List<int> statuses = [];
        for (int round = 0; round < Rounds; round++)
        {
            string key = round.ToString("x16", CultureInfo.InvariantCulture);
            (string, string)[] headers = round % 3 == 0 ? [("Authorization", $"Bearer {key}")] : round % 3 == 1 ? [("X-Api-Key", key)] : [];
            statuses.Add(await Asking.StatusAsync(
                proxy, round % 2 == 0 ? "/api/streams" : "/api/engines/127.0.0.1:1/drain", round % 5 == 0 ? null : Asking.Foreign,
                round % 2 == 0 ? "GET" : "POST", headers));
        }

        return [.. statuses];
    }

    private static async Task<int[]> WrongTokensAsync(RunningProxy proxy, StreamTokens tokens, SimulatedContent content, SimulatedContent other)
    {
        var random = new Random(7);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var key = ContentKey.ForInfohash(content.ContentId, 0);
        string good = tokens.Issue(key, now.AddHours(1), null);
        string[] wrong =
        [
            tokens.Issue(key, now.AddSeconds(-1), null), // expired
            tokens.Issue(key, now.AddHours(1), "203.0.113.99"), // somebody else's
            tokens.Issue(ContentKey.ForInfohash(other.ContentId, 0), now.AddHours(1), null), // for another content
            tokens.Issue(ContentKey.ForInfohash(content.ContentId, 1), now.AddHours(1), null), // for another file
            tokens.IssueTicket(key, Asking.Foreign), // a ticket is no token
            good.Replace("a.", "b.", StringComparison.Ordinal),
            good.Replace(".-.", ".a.", StringComparison.Ordinal),
            Asking.ApiKey, Asking.SigningKeys, "a", "...", "a.99999999999999999999.-.x", "a.-1.-.x", new string('a', 4_000), "%00", "%2e%2e%2f",
        ];
        List<int> statuses = [];
        for (int round = 0; round < Rounds; round++)
        {
            string token = round < wrong.Length ? wrong[round] : Altered(good, random);
            statuses.Add(await Asking.StatusAsync(proxy, $"/ace/getstream?id={content.ContentId}&token={token}"));
        }

        statuses.Add(await Asking.StatusAsync(proxy, $"/ace/getstream?id={other.ContentId}&token={good}"));
        return [.. statuses];
    }

    private static string Altered(string token, Random random)
    {
        int at = random.Next(token.Length);
        char[] letters = token.ToCharArray();
        letters[at] = letters[at] == 'x' ? 'y' : 'x';
        return new string(letters);
    }

    private static async Task<int[]> FloodsAsync(RunningProxy proxy, SimulatedContent content)
    {
        string start = $"/ace/getstream?id={content.ContentId}";
        string[] requests =
        [
            $"GET {start}&pad={new string('x', 65_536)} HTTP/1.1\r\nHost: proxy\r\n\r\n",
            $"GET {start} HTTP/1.1\r\nHost: proxy\r\nX-Pad: {new string('x', 65_536)}\r\n\r\n",
            $"GET {start} HTTP/1.1\r\nHost: proxy\r\n{string.Concat(Enumerable.Range(0, 1_000).Select(at => $"X-{at}: 1\r\n"))}\r\n",
            $"GET {start}{string.Concat(Enumerable.Range(0, 3_000).Select(at => $"&{at}"))} HTTP/1.1\r\nHost: proxy\r\n\r\n",
            $"POST /api/tokens HTTP/1.1\r\nHost: proxy\r\nContent-Length: 1000000000\r\n\r\n{new string('x', 10_000)}",
            "GET /ace/../../../../etc/passwd HTTP/1.1\r\nHost: proxy\r\n\r\n",
            "GET /ace/getstream/../../api/engines HTTP/1.1\r\nHost: proxy\r\n\r\n",
            "GET /ace/%2e%2e/api/streams HTTP/1.1\r\nHost: proxy\r\n\r\n",
            "GET //api//streams HTTP/1.1\r\nHost: proxy\r\n\r\n",
            "GET /healthz/..%2fapi/streams HTTP/1.1\r\nHost: proxy\r\n\r\n",
            "GET http://127.66.66.66/api/streams HTTP/1.1\r\nHost: 127.66.66.66\r\n\r\n",
            "GET /api/streams HTTP/1.1\r\nHost: proxy\r\nX-Original-URL: /healthz\r\nX-HTTP-Method-Override: HEAD\r\n\r\n",
            $"GET {start}&url=http://127.66.66.66/ HTTP/1.1\r\nHost: proxy\r\n\r\n",
            "GET /ace/getstream?url=http://127.66.66.66/latest/meta-data HTTP/1.1\r\nHost: proxy\r\n\r\n",
        ];
        List<int> statuses = [];
        for (int round = 0; round < Rounds; round++)
        {
            (Wire wire, WireHead head) = await Wire.AskAsync(proxy, requests[round % requests.Length]);
            wire.Dispose();
            statuses.Add(head.Status);
        }

        return [.. statuses];
    }

    /// <summary>Connections that say something and then nothing, or next to nothing.</summary>
    private sealed class Crowd(Uri address, int size, string begin) : IDisposable
    {
        private Wire[] _wires = [];

        public async Task ConnectAsync()
        {
            _wires = await Task.WhenAll(Enumerable.Range(0, size).Select(_ => Wire.ConnectAsync(address)));
            await Task.WhenAll(_wires.Select(wire => wire.SendAsync(begin)));
        }

        /// <summary>A letter of a header each now and then, until every one has been thrown out.</summary>
        public Task<int[]> DripAsync() => Task.WhenAll(_wires.Select(DripAsync));

        public void Dispose() => Array.ForEach(_wires, wire => wire.Dispose());

        private static async Task<int> DripAsync(Wire wire)
        {
            Task<int> answer = AnswerAsync(wire);
            using var pace = new PeriodicTimer(TimeSpan.FromSeconds(0.5));
            while (!answer.IsCompleted && await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken))
            {
                try
                {
                    await wire.SendAsync("x");
                }
                catch (System.Net.Sockets.SocketException)
                {
                    break; // thrown out: the answer says why
                }
            }

            return await answer;
        }

        private static async Task<int> AnswerAsync(Wire wire)
        {
            try
            {
                return (await wire.ReadHeadAsync()).Status;
            }
            catch (System.Net.Sockets.SocketException)
            {
                return 408; // reset, because the next letter met a closed connection before the answer was read
            }
        }
    }
}
