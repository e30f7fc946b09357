// Shows the description of the interface for programs. Swagger UI itself is loaded before as a file
// of its own; what it shows stands in the page's own attributes, so that no script is inline.
const place = document.getElementById('api-docs')

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.description,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    request.headers['Accept-Language'] = place.dataset.language
    return request
  },
})
