using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Telemetry;

/// <summary>Scrapes again and again, and knows which metrics have changed since the first time; their labels are held against the README.</summary>
internal sealed class MetricsWatch
{
    private readonly HttpClient _client;
    private readonly Scrape _first;
    private readonly HashSet<string> _moved = new(StringComparer.Ordinal);

    private MetricsWatch(HttpClient client, Scrape first) => (_client, _first, Last) = (client, first, first);

    public Scrape Last { get; private set; }

    public static async Task<MetricsWatch> StartAsync(HttpClient client) => new(client, await Scrape.OfAsync(client));

    public Task UntilMovedAsync(params string[] names) =>
        UntilAsync(_ => _moved.IsSupersetOf(names), () => $"not moved: {string.Join(", ", names.Except(_moved))}");

    public async Task UntilAsync(Func<Scrape, bool> holds, Func<string> describe)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            Last = await Scrape.OfAsync(_client);
            NoteMoves();
            if (holds(Last))
            {
                return;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < SafetyNet.Limit, describe());
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private void NoteMoves()
    {
        foreach (DocumentedMetric metric in DocumentedMetric.All)
        {
            Dictionary<string, double> samples = Last.Of(metric.Name);
            Assert.All(samples.Keys, sample => Assert.Equal(metric.Labels.Order(), Scrape.LabelsOf(sample).Order()));
            if (!samples.OrderBy(sample => sample.Key).SequenceEqual(_first.Of(metric.Name).OrderBy(sample => sample.Key)))
            {
                _moved.Add(metric.Name);
            }
        }
    }
}
