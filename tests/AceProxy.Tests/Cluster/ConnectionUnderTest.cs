using AceProxy.Cluster;
using AceProxy.Cluster.Connection;
using AceProxy.Settings;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Cluster;

/// <summary>A worker's connection, with what it logs.</summary>
internal sealed class ConnectionUnderTest : IAsyncDisposable
{
    private readonly ClusterOptions _options;
    private readonly RecordedLog _log = new();
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;

    public ConnectionUnderTest(RedisServer server, params (string Name, string Value)[] settings)
        : this(server, TimeProvider.System, settings)
    {
    }

    public ConnectionUnderTest(RedisServer server, TimeProvider time, params (string Name, string Value)[] settings)
    {
        _time = time;
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));
        var reader = new SettingsReader(new ConfigurationBuilder().AddInMemoryCollection(
            ((string Name, string Value)[])[.. server.Settings.ExceptBy(settings.Select(own => own.Name), common => common.Name), .. settings]
                is var all ? all.Select(pair => new KeyValuePair<string, string?>(pair.Name, pair.Value)) : []).Build());
        _options = ClusterOptions.Read(reader);
        reader.ThrowIfProblems();
        Redis = NewRedis();
    }

    public RedisConnection Redis { get; private set; }

    public string Log => string.Join(Environment.NewLine, _log.Lines.Select(line => line.Text));

    public SubscriptionWatch NewWatch() => new(Redis, _options, _time, _loggers.CreateLogger<SubscriptionWatch>());

    public async Task AssertWorksAsync()
    {
        bool isSet = false;
        for (int attempt = 0; attempt < 10 && !isSet; attempt++) // a busy machine
        {
            isSet = (await Redis.AskAsync(database => database.StringSetAsync("aceproxy:test", "1"))).Value;
        }

        Assert.True(isSet, Log);
        TestContext.Current.TestOutputHelper?.WriteLine(Log);
    }

    /// <summary>
    /// Why is said once, with the first command that is not answered; one that is given up before the connection has failed cannot know it
    /// yet, so that several are given the chance.
    /// </summary>
    public async Task AssertFailsAsync(string reason)
    {
        for (int attempt = 1; attempt <= 5 && !Log.Contains(reason, StringComparison.OrdinalIgnoreCase); attempt++)
        {
            await SafetyNet.EventuallyAsync(
                () =>
                {
                    Assert.False(Redis.IsThere);
                    _ = Redis.AskAsync(database => database.StringSetAsync("aceproxy:test", "1"));
                    return _log.Lines.Count(line => line.Text.Contains(" is away: ", StringComparison.Ordinal)) >= attempt;
                },
                () => $"not said to be away: {Log}");
            await Redis.DisposeAsync();
            Redis = NewRedis();
        }

        Assert.Contains(reason, Log, StringComparison.OrdinalIgnoreCase);
        TestContext.Current.TestOutputHelper?.WriteLine(Log);
    }

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        _loggers.Dispose();
    }

    private RedisConnection NewRedis() => new(_options, _time, _loggers.CreateLogger<RedisConnection>());
}
