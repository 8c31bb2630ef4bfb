using AceProxy.Settings;

namespace AceProxy.Hosting;

/// <summary>Where this worker listens.</summary>
internal sealed record ListenOptions(string Urls)
{
    private const string Default = "http://+:8000";

    /// <summary>
    /// The first address without TLS, or the first, as one on this machine would ask it: a wildcard is localhost, and what cannot be used is
    /// the default.
    /// </summary>
    public static Uri First(string? urls)
    {
        string[] all = string.IsNullOrWhiteSpace(urls) ? [Default] : urls.Split(';');
        string first = all.FirstOrDefault(url => !IsTls(url)) ?? all[0];
        string host = first.Replace("+", "localhost", StringComparison.Ordinal).Replace("*", "localhost", StringComparison.Ordinal)
            .Replace("0.0.0.0", "localhost", StringComparison.Ordinal).Replace("[::]", "localhost", StringComparison.Ordinal);
        return Uri.TryCreate(host, UriKind.Absolute, out Uri? uri) ? uri : new Uri("http://localhost:8000");
    }

    public static ListenOptions Read(SettingsReader settings)
    {
        string urls = settings.Text("ASPNETCORE_URLS", Default, "URLs, semicolon-separated", "where players connect");
        bool hasTls = false;
        foreach (string url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            hasTls |= IsTls(url);
            if (!IsUsable(url))
            {
                settings.Problem("ASPNETCORE_URLS", $"'{url}' is not an address to listen on, such as http://+:8000");
            }
        }

        if (hasTls && Certificate.ProblemOf(settings) is { } problem)
        {
            settings.Problem(Certificate.PathVariable, problem);
        }

        return new ListenOptions(urls);
    }

    /// <summary>Whether players come over TLS to at least one of the addresses.</summary>
    public bool HasTls => Urls.Split(';').Any(IsTls);

    private static bool IsTls(string url) => url.TrimStart().StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    /// <summary>A port that is no number is parsed as a part of the host.</summary>
    private static bool IsUsable(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            bool isNumberedHost = address.Host.Contains(':') && !address.Host.StartsWith('[');
            return (address.Scheme.Equals(Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase)
                || address.Scheme.Equals(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase))
                && (address.IsUnixPipe || (address.Port is >= 0 and <= 65535 && !isNumberedHost));
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
