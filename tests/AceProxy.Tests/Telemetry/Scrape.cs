using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Telemetry;

/// <summary>What <c>GET /metrics</c> said, read by somebody else's rules than it was written by.</summary>
internal sealed partial class Scrape
{
    private Scrape(string text) => Text = text;

    public string Text { get; }

    /// <summary>Kinds by name.</summary>
    public Dictionary<string, string> Types { get; } = new(StringComparer.Ordinal);

    /// <summary>Units by name; OpenMetrics only.</summary>
    public Dictionary<string, string> Units { get; } = new(StringComparer.Ordinal);

    /// <summary>Values by name and labels, as they came.</summary>
    public Dictionary<string, double> Samples { get; } = new(StringComparer.Ordinal);

    public static async Task<Scrape> OfAsync(HttpClient client, bool isOpenMetrics = false)
    {
        using CancellationTokenSource net = SafetyNet.Start();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (isOpenMetrics)
        {
            request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("application/openmetrics-text; version=1.0.0"));
        }

        using HttpResponseMessage response = await client.SendAsync(request, net.Token);
        response.EnsureSuccessStatusCode();
        return Read(await response.Content.ReadAsStringAsync(net.Token));
    }

    public static Scrape Read(string text)
    {
        var scrape = new Scrape(text);
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ', 4);
            if (words is ["#", "TYPE", var name, var kind])
            {
                scrape.Types.Add(name, kind);
            }
            else if (words is ["#", "UNIT", var of, var unit])
            {
                scrape.Units.Add(of, unit);
            }
            else if (line[0] != '#')
            {
                int end = line.LastIndexOf(' ');
                scrape.Samples.Add(line[..end], Number(line[(end + 1)..]));
            }
        }

        return scrape;
    }

    /// <summary>The samples of a metric by its name in the text format; of a histogram its counts.</summary>
    public Dictionary<string, double> Of(string metric)
    {
        string name = Types.GetValueOrDefault(metric) == "histogram" ? $"{metric}_count" : metric;
        return Samples.Where(sample => sample.Key == name || sample.Key.StartsWith($"{name}{{", StringComparison.Ordinal)).ToDictionary();
    }

    public double Sum(string metric) => Of(metric).Values.Sum();

    /// <summary>The names of a sample's labels.</summary>
    public static string[] LabelsOf(string sample) => [.. LabelName().Matches(sample).Select(match => match.Groups[1].Value)];

    /// <summary>Every name that a query may use.</summary>
    public IEnumerable<string> Names => Types.SelectMany(type => type.Value == "histogram"
        ? (string[])[$"{type.Key}_bucket", $"{type.Key}_sum", $"{type.Key}_count"]
        : [type.Key]);

    private static double Number(string text) => text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("""[{,]([a-zA-Z_]\w*)="(?:[^"\\]|\\.)*"(?=[,}])""")]
    private static partial Regex LabelName();
}
