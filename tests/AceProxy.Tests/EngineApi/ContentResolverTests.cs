using AceProxy.Content;

namespace AceProxy.Tests.EngineApi;

public sealed class ContentResolverTests
{
    private const string Id = "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0";
    private const string Hash = "0123456789abcdef0123456789abcdef01234567";
    private const string Known = $$$"""{"result": {"infohash": "{{{Hash}}}", "files": []}}""";
    private static readonly ContentSelector ById = new(SelectorKind.ContentId, Id, 0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Resolve_KnownId_IsKeyedByItsInfohashAndOpenedByTheId()
    {
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync(Known));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        ContentRequest request = await engine.Resolver.ResolveAsync(ById with { FileIndex = 2 }, Cancellation);

        Assert.Equal($"{Hash}.2", request.Key.Value);
        Assert.Equal([ById with { FileIndex = 2 }], request.Selectors);
        RawRequest question = Assert.Single(server.Requests);
        Assert.Equal(("/server/api", "get_media_files", Id), (question.Path, question.Query["method"], question.Query["content_id"]));
    }

    [Fact]
    public async Task Resolve_InfohashOrMagnet_AsksNothing()
    {
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync(Known));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());
        ContentSelector[] selectors = [new(SelectorKind.Infohash, Hash, 0), new(SelectorKind.Magnet, $"magnet:?xt=urn:btih:{Hash.ToUpperInvariant()}", 0)];

        foreach (ContentSelector selector in selectors)
        {
            ContentRequest request = await engine.Resolver.ResolveAsync(selector, Cancellation);
            Assert.Equal(Hash, request.Key.Value);
            Assert.Equal([selector], request.Selectors);
        }

        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Resolve_ManyAtOnce_AskOnceAndTheAnswerIsRememberedForAnHour()
    {
        var time = new ManualTimeProvider();
        var answer = new TaskCompletionSource();
        await using RawServer server = RawServer.Start(async exchange =>
        {
            await answer.Task;
            await exchange.ReplyAsync(Known);
        });
        await using var engine = new EngineUnderTest(server.EndPoint, time);
        Task<ContentRequest>[] waiting = [.. Enumerable.Range(0, 100).Select(_ => engine.Resolver.ResolveAsync(ById, Cancellation))];
        await server.RequestAsync(Cancellation);

        answer.SetResult();
        Assert.All(await Task.WhenAll(waiting), request => Assert.Equal(Hash, request.Key.Value));
        time.Advance(TimeSpan.FromMinutes(59));
        await engine.Resolver.ResolveAsync(ById, Cancellation);
        Assert.Single(server.Requests);

        time.Advance(TimeSpan.FromMinutes(2));
        await engine.Resolver.ResolveAsync(ById, Cancellation);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Resolve_OneWaiterLeaves_TheOthersGetTheAnswer()
    {
        var answer = new TaskCompletionSource();
        await using RawServer server = RawServer.Start(async exchange =>
        {
            await answer.Task;
            await exchange.ReplyAsync(Known);
        });
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());
        using var leaving = new CancellationTokenSource();
        Task<ContentRequest> first = engine.Resolver.ResolveAsync(ById, leaving.Token);
        Task<ContentRequest> second = engine.Resolver.ResolveAsync(ById, Cancellation);
        await server.RequestAsync(Cancellation);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        answer.SetResult();

        Assert.Equal(Hash, (await second).Key.Value);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("""{"error": {"code": 0, "message": "cannot get transport file"}}""")]
    [InlineData("""{"result": {"infohash": "short"}}""")]
    [InlineData("""{"result": [], "error": null}""")]
    [InlineData("<html>")]
    public async Task Resolve_NoAnswer_TriesTheIdAndThenTheSameDigitsAsInfohash(string reply)
    {
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync(reply));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        ContentRequest request = await engine.Resolver.ResolveAsync(ById, Cancellation);

        Assert.Equal(Id, request.Key.Value);
        Assert.Equal([ById, ById with { Kind = SelectorKind.Infohash }], request.Selectors);
    }

    [Fact]
    public async Task Resolve_NoAnswer_IsNotRemembered()
    {
        int asked = 0;
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync(Interlocked.Increment(ref asked) == 1 ? "{}" : Known));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        Assert.Equal(Id, (await engine.Resolver.ResolveAsync(ById, Cancellation)).Key.Value);
        Assert.Equal(Hash, (await engine.Resolver.ResolveAsync(ById, Cancellation)).Key.Value);
    }

    [Fact]
    public async Task Resolve_UrlWithoutAnswer_IsNamedByItsDigestAndOpenedByItself()
    {
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync("{}"));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());
        var selector = new ContentSelector(SelectorKind.Url, "http://host/a?b=c&content_id=d", 0);

        ContentRequest request = await engine.Resolver.ResolveAsync(selector, Cancellation);

        Assert.Equal(ContentKey.ForUnresolved(selector), request.Key);
        Assert.Equal([selector], request.Selectors);
        Assert.Equal(selector.Value, Assert.Single(server.Requests).Query["url"]);
        Assert.False(server.Requests[0].Query.ContainsKey("content_id"));
    }

    [Fact]
    public async Task Resolve_EngineHangs_GoesOnUnresolvedAtTheLimit()
    {
        var time = new ManualTimeProvider();
        await using RawServer server = RawServer.Start(exchange => exchange.HoldAsync());
        await using var engine = new EngineUnderTest(server.EndPoint, time);
        Task<ContentRequest> resolving = engine.Resolver.ResolveAsync(ById, Cancellation);
        await server.RequestAsync(Cancellation);

        time.Advance(20);

        Assert.Equal(Id, (await resolving).Key.Value);
    }

    [Fact]
    public async Task Learn_FromASession_SparesTheQuestion()
    {
        await using RawServer server = RawServer.Start(exchange => exchange.ReplyAsync("{}"));
        await using var engine = new EngineUnderTest(server.EndPoint, new ManualTimeProvider());

        engine.Resolver.Learn(ById, Hash);

        Assert.Equal(Hash, (await engine.Resolver.ResolveAsync(ById, Cancellation)).Key.Value);
        Assert.Empty(server.Requests);
    }
}
