namespace AceProxy.Settings;

/// <summary>One environment variable as the program knows it: what it is called, what it is when unset, its unit and its meaning.</summary>
/// <remarks>README.md and .env.example are held against these by a test, so that neither can drift from the code.</remarks>
internal sealed record Setting(string Name, string Default, string Unit, string Meaning);
