using System.Net;
using System.Net.Sockets;
using AceProxy.Engines;

namespace AceProxy.Tests.Engines.Sources;

public sealed class DnsSourceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ask_SeveralAddresses_AreSeveralEnginesWithThePortAndMarkOfTheName()
    {
        var resolver = new FakeResolver("10.0.0.2", "10.0.0.1", "::ffff:10.0.0.1", "fd00::5", "fe80::1");
        await using EnginesUnderTest engines = Named("engine:7000;forwarded", resolver);

        Assert.Equal("10.0.0.1:7000 10.0.0.2:7000 [fd00::5]:7000", engines.Ids);
        Assert.All(engines.Catalog.Engines, engine => Assert.True(engine.Address.IsForwarded));
        Assert.Equal("engine", resolver.Asked.Single());
    }

    [Fact]
    public async Task Ask_AddressesChange_EnginesComeAndGo()
    {
        var resolver = new FakeResolver("10.0.0.1", "10.0.0.2");
        await using EnginesUnderTest engines = Named("engine", resolver);
        EngineReservation held = (await engines.Pool.TryReserveAsync([]))!;
        Assert.Equal("10.0.0.1", held.Engine.Address.Host);

        resolver.Answer("10.0.0.2", "10.0.0.3");
        engines.Time.Advance(10);
        await Functional.SafetyNet.EventuallyAsync(() => engines.Catalog.Find("10.0.0.3:6878") is not null, () => engines.Ids);

        Assert.Equal(EngineState.Gone, held.Engine.Health.State);
        Assert.True(held.Engine.MoveAway.IsCancellationRequested);
        held.Dispose();
        Assert.Equal("10.0.0.2:6878 10.0.0.3:6878", engines.Ids);
    }

    [Fact]
    public async Task Ask_NameFailsAfterAnAnswer_KeepsTheEnginesAndNamesTheCulprit()
    {
        var resolver = new FakeResolver("10.0.0.1");
        await using EnginesUnderTest engines = Named("engine", resolver);

        resolver.Fail();
        engines.Time.Advance(10);
        await Functional.SafetyNet.EventuallyAsync(() => Problem(engines) is not null, () => engines.Ids);

        Assert.StartsWith("'engine' does not resolve: ", Problem(engines), StringComparison.Ordinal);
        Assert.Equal("10.0.0.1:6878", engines.Ids);
        Assert.Equal(EngineState.Healthy, engines["10.0.0.1:6878"].Health.State);
    }

    [Fact]
    public async Task Ask_ResolverHangs_IsGivenUpAndAskedAgain()
    {
        var resolver = new FakeResolver();
        resolver.Hang();
        await using EnginesUnderTest engines = Named("engine", resolver);

        await engines.Time.TimerInAsync(TimeSpan.FromSeconds(5), Cancellation);
        engines.Time.Advance(5);
        await Functional.SafetyNet.EventuallyAsync(() => Problem(engines) is not null, () => engines.Ids);
        Assert.Equal("'engine' does not resolve within 5 s", Problem(engines));

        resolver.Answer("10.0.0.9");
        await engines.AdvanceUntilAsync(() => engines.Catalog.Engines.Count == 1, step: 1);
        Assert.Null(Problem(engines));
    }

    [Fact]
    public async Task Ask_NoAddress_IsAProblem()
    {
        await using EnginesUnderTest engines = Named("engine", new FakeResolver());

        Assert.Equal("'engine' has no address", Problem(engines));
    }

    [Fact]
    public async Task Ask_ResolverThrowsWhatItShouldNot_IsAProblemAndAskedAgain()
    {
        var resolver = new FakeResolver("10.0.0.1");
        resolver.Throw(new InvalidOperationException("bug"));
        await using EnginesUnderTest engines = Named("engine", resolver);
        Assert.Equal("an unexpected error; see the log", Problem(engines));

        resolver.Answer("10.0.0.1");
        await engines.AdvanceUntilAsync(() => engines.Catalog.Engines.Count == 1, step: 1);
    }

    private static EnginesUnderTest Named(string name, FakeResolver resolver) =>
        new(resolver.ResolveAsync, ("ENGINES_DNS", name), ("ENGINES_DNS_INTERVAL", "10"));

    private static string? Problem(EnginesUnderTest engines) =>
        engines.Catalog.Sources.Single(source => source.Name.StartsWith("ENGINES_DNS ", StringComparison.Ordinal)).Problem;

    private sealed class FakeResolver(params string[] addresses)
    {
        private Func<Task<IPAddress[]>> _answer = () => Task.FromResult(Array.ConvertAll(addresses, IPAddress.Parse));

        public List<string> Asked { get; } = [];

        public void Answer(params string[] addresses) => _answer = () => Task.FromResult(Array.ConvertAll(addresses, IPAddress.Parse));

        public void Fail() => Throw(new SocketException((int)SocketError.HostNotFound));

        public void Throw(Exception exception) => _answer = () => Task.FromException<IPAddress[]>(exception);

        public void Hang() => _answer = () => new TaskCompletionSource<IPAddress[]>().Task;

        public Task<IPAddress[]> ResolveAsync(string name, CancellationToken cancellation)
        {
            Asked.Add(name);
            return _answer();
        }
    }
}
