using Microsoft.Net.Http.Headers;

namespace AceProxy.Telemetry;

/// <summary>Which of the two formats a scraper wants (RFC 9110, 12.5.1); whoever wants neither gets Prometheus's.</summary>
internal static class ExpositionFormat
{
    public const string Prometheus = "text/plain; version=0.0.4; charset=utf-8";
    public const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    public static bool IsOpenMetrics(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out IList<MediaTypeHeaderValue>? accepted))
        {
            return false;
        }

        double open = QualityOf(accepted, ["application/openmetrics-text"], ["1.0.0", "0.0.1"]); // only for who names it
        return open > 0 && open >= QualityOf(accepted, ["text/plain", "text/*", "*/*"], ["0.0.4"]);
    }

    /// <param name="ranges">What fits, the most specific first.</param>
    /// <returns>What the most specific range that fits says; 0 if none does.</returns>
    private static double QualityOf(IEnumerable<MediaTypeHeaderValue> accepted, string[] ranges, string[] versions) => accepted
        .Select(range => (Range: range, Rank: Array.FindIndex(ranges, one => range.MediaType.Equals(one, StringComparison.OrdinalIgnoreCase))))
        .Where(found => found.Rank >= 0 && VersionOf(found.Range) is var version && (version.Length == 0 || versions.Contains(version)))
        .OrderBy(found => found.Rank).ThenByDescending(found => found.Range.Quality ?? 1)
        .Select(found => found.Range.Quality ?? 1)
        .FirstOrDefault();

    private static string VersionOf(MediaTypeHeaderValue range) =>
        range.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase))?.GetUnescapedValue().ToString() ?? "";
}
