using System.Net;

namespace AceProxy.Tests.Functional;

/// <summary>A player: one GET whose body is checked as it comes.</summary>
internal sealed class Viewer : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Stream _body;

    private Viewer(HttpResponseMessage response, Stream body) => (_response, _body) = (response, body);

    public StreamChecker Checker { get; } = new();

    public static Task<Viewer> JoinAsync(RunningProxy proxy, string query) => JoinAsync(proxy.Client, query);

    /// <param name="proxy">With the proxy's address as its base.</param>
    public static async Task<Viewer> JoinAsync(HttpClient proxy, string query)
    {
        using CancellationTokenSource net = SafetyNet.Start();
        HttpResponseMessage response = await proxy.GetAsync(
            $"/ace/getstream?{query}", HttpCompletionOption.ResponseHeadersRead, net.Token);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            Assert.Fail($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(net.Token)}");
        }

        return new Viewer(response, await response.Content.ReadAsStreamAsync(net.Token));
    }

    /// <summary>Reads until the condition holds; fails if the response ends before.</summary>
    public async Task UntilAsync(Func<StreamChecker, bool> condition)
    {
        using CancellationTokenSource net = SafetyNet.Start();
        Assert.True(await Checker.ReadUntilAsync(_body, condition, net.Token), $"the response ended after {Checker.Bytes} bytes");
    }

    /// <summary>Reads until it has something that was not on the air yet at that moment.</summary>
    public Task UntilNewerThanAsync(DateTimeOffset moment) => UntilAsync(checker => checker.NewestOnAir > moment);

    /// <summary>Reads until the response ends, which must be clean: a broken one throws.</summary>
    public async Task ToEndAsync(TimeSpan? limit = null)
    {
        using CancellationTokenSource net = SafetyNet.Start(limit);
        Assert.False(await Checker.ReadUntilAsync(_body, _ => false, net.Token));
    }

    public void Dispose()
    {
        _body.Dispose();
        _response.Dispose();
    }
}
