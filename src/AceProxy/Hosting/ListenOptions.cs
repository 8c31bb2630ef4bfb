using AceProxy.Settings;

namespace AceProxy.Hosting;

/// <summary>Where this worker listens.</summary>
internal sealed record ListenOptions(string Urls)
{
    private const string Default = "http://+:8000";

    /// <summary>The first address as one on this machine would ask it: a wildcard is localhost, and what cannot be used is the default.</summary>
    public static Uri First(string? urls)
    {
        string first = string.IsNullOrWhiteSpace(urls) ? Default : urls.Split(';')[0];
        string host = first.Replace("+", "localhost", StringComparison.Ordinal).Replace("*", "localhost", StringComparison.Ordinal)
            .Replace("0.0.0.0", "localhost", StringComparison.Ordinal).Replace("[::]", "localhost", StringComparison.Ordinal);
        return Uri.TryCreate(host, UriKind.Absolute, out Uri? uri) ? uri : new Uri("http://localhost:8000");
    }

    public static ListenOptions Read(SettingsReader settings)
    {
        string urls = settings.Text("ASPNETCORE_URLS", Default, "URLs, semicolon-separated", "where players connect");
        foreach (string url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IsUsable(url))
            {
                settings.Problem("ASPNETCORE_URLS", $"'{url}' is not an address to listen on, such as http://+:8000");
            }
        }

        return new ListenOptions(urls);
    }

    /// <summary>Plain HTTP only: no certificate is configured here. A port that is no number is parsed as a part of the host.</summary>
    private static bool IsUsable(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            bool isNumberedHost = address.Host.Contains(':') && !address.Host.StartsWith('[');
            return address.Scheme.Equals(Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase)
                && (address.IsUnixPipe || (address.Port is >= 0 and <= 65535 && !isNumberedHost));
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
